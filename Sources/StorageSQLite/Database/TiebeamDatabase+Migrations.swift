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
            // What sets versions aside reads policies, and conflicts are entries of activity; there are none yet.
            try PolicyTables.create(in: database)
            try ActivityTables.create(in: database)
            try MetadataTables.makeRootsOptional(in: database)
            try MergeTables.noteAuthors(in: database)
        },
        { database in
            try PolicyTables.create(in: database)
            try ActivityTables.create(in: database)
            try MetadataTables.makeRootsOptional(in: database)
            try PolicyTables.fill(in: database)
        },
        { try CompactionTables.create(in: $0) },
        { database in
            // Filled with schema 20, which they have their last column from.
            try InviteTables.create(in: database)
        },
        { try IngestionTables.create(in: $0) },
        { try ObjectTables.prepareRemoval(in: $0) },
        { database in
            try MetadataTables.makeRootsOptional(in: database)
            try IngestionTables.createFiles(in: database)
        },
        { database in
            try CommentTables.create(in: database)
            try CommentTables.fill(in: database)
        },
        { database in
            try PreferenceTables.create(in: database)
            try PreferenceTables.fill(in: database)
        },
        { database in
            try AccessRequestTables.create(in: database)
            try AccessRequestTables.fill(in: database)
        },
        { database in
            try ActivityTables.create(in: database)
            try ActivityTables.fill(in: database)
        },
        { database in
            try AppTables.create(in: database)
            try AppTables.fill(in: database)
        },
        { database in
            try AdministrationTables.create(in: database)
            try ProofTables.create(in: database)
            try EmailTables.create(in: database)
            try ServerInviteTables.create(in: database)
            try ServerInviteTables.fill(in: database)
        },
        { try MetadataTables.indexVersionsByAuthor(in: $0) },
        { database in
            try EmailTables.create(in: database)
            try EmailTables.fill(in: database)
        },
        { database in
            try WebhookTables.create(in: database)
            try WebhookTables.fill(in: database)
        },
    ])
}
