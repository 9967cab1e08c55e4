import ObjectModel
import Storage
import StorageTestKit

/// Brings a store what it lacks of another one, by a snapshot.
enum SnapshotExchange {
    static func run(
        from source: any MetadataStore, _ node: NodeID, to target: any MetadataStore, _ scope: LogScope
    ) async throws {
        let (ends, compacted) = try await source.read { rows in
            (try rows.lastSequences(in: scope), try rows.compactedMarks(in: scope))
        }
        let held = try await target.read { try $0.lastSequences(in: scope) }
        let intake = SnapshotIntake(scope, from: node, compacted: compacted, intake: OperationIntake(scope, now: nil))
        try await target.write { try intake.begin(in: $0) }
        var feed = OperationFeed(source, of: scope, upTo: ends, held: held, isSnapshot: true)
        var count = 0
        while let operations = try await feed.next() {
            count += operations.count
            try await target.write { try intake.putAside(operations.map(\.operation), in: $0) }
        }
        try await target.write { [count] in try intake.take(count, in: $0) }
    }
}
