package import Storage

/// What every metadata store must do, in memory or in a database.
package enum MetadataConformance {
    package typealias Check = ConformanceCheck<any MetadataStore>

    package static var all: [Check] {
        self.transactions + self.people + self.emails + self.administration + self.preferences + self.projects
            + self.invites + self.accessRequests + self.models + self.versions + self.batches + self.blobs
            + self.comments + self.webhooks + self.logs + self.activity + self.mirrors + self.compaction + self.apps
    }
}
