extension TiebeamDatabase {
    static let migrations = Migrations([
        { database in
            try MetadataTables.create(in: database)
            try ObjectTables.create(in: database)
        },
        { try BlobTables.create(in: $0) },
        { try MetadataTables.makeSourcesOptional(in: $0) },
        { try MetadataTables.createPushMarks(in: $0) },
        { try MetadataTables.addMirrorSources(in: $0) },
        { database in
            try MergeTables.create(in: database)
            try MergeTables.fill(in: database)
        },
        { try MetadataTables.createPeerCursors(in: $0) },
        { database in
            // What sets versions aside reads policies; there are none yet.
            try PolicyTables.create(in: database)
            try MergeTables.noteAuthors(in: database)
        },
        { database in
            try PolicyTables.create(in: database)
            try PolicyTables.fill(in: database)
        },
        { try CompactionTables.create(in: $0) },
        { database in
            // Filled with schema 16, which they have their last column from.
            try InviteTables.create(in: database)
        },
        { try IngestionTables.create(in: $0) },
        { try ObjectTables.prepareRemoval(in: $0) },
        { database in
            // Filled with schema 16, as all that rows of people are made of.
            try AdministrationTables.create(in: database)
        },
        { database in
            try ProofTables.create(in: database)
        },
        { database in
            try ServerInviteTables.create(in: database)
            try ServerInviteTables.fill(in: database)
        },
    ])
}
