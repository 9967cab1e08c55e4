// SQLite and segment files.
