import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// Several regions write at the same time and hear of each other later, in any order that is causal.
@Suite struct MergeTests {
    private static func conflicts(_ store: any MetadataStore, _ scopes: [LogScope]) async throws -> [Conflict] {
        try await store.read { rows in try scopes.flatMap { try rows.conflicts(in: $0) } }
    }

    @Test(
        "MERGE-1: regions that have the same operations have the same rows and the same conflicts",
        arguments: Backend.allCases)
    func convergence(_ backend: Backend) async throws {
        var conflictCount = 0
        for seed in 1...(backend == .memory ? 40 : 6) as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var regions = try (1...3).map {
                try Workplace(backend, node: Fixture.node($0), seed: 10 * seed + UInt64($0))
            }
            for _ in 0..<10 {
                for place in regions.indices { try await regions[place].perform(8, using: &random) }
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    let pair = regions.indices.shuffled(using: &random).prefix(2)
                    try await CausalExchange.run(
                        from: regions[pair[0]].backend.store, to: regions[pair[1]].backend.store,
                        try await regions[pair[0]].backend.store.read { try $0.scopes() },
                        limit: Int.random(in: 0...40, using: &random), using: &random)
                }
            }
            var projects: Set<ProjectID> = []
            for region in regions { projects.formUnion(try await RandomWork.projects(of: region.backend.store)) }
            let scopes = [.server] + projects.map { LogScope.project($0) }
            // Everything reaches everybody, in the end.
            for _ in 0..<2 {
                for from in regions.indices {
                    for to in regions.indices where from != to {
                        try await CausalExchange.run(
                            from: regions[from].backend.store, to: regions[to].backend.store, scopes, limit: .max,
                            using: &random)
                    }
                }
            }
            let first = try await MetadataSnapshot(of: regions[0].backend.store, projects: projects.sorted())
            let conflicts = try await Self.conflicts(regions[0].backend.store, scopes)
            conflictCount += conflicts.count
            for region in regions.dropFirst() {
                let other = try await MetadataSnapshot(of: region.backend.store, projects: projects.sorted())
                #expect(other.logs == first.logs, "seed \(seed)")
                #expect(other.users == first.users, "seed \(seed)")
                #expect(other.tokens == first.tokens, "seed \(seed)")
                for project in projects {
                    let (ours, theirs) = (try #require(first.projects[project]), try #require(other.projects[project]))
                    #expect(theirs.project == ours.project, "seed \(seed)")
                    #expect(theirs.collaborators == ours.collaborators, "seed \(seed)")
                    #expect(theirs.invites == ours.invites, "seed \(seed)")
                    #expect(theirs.models == ours.models, "seed \(seed)")
                    #expect(theirs.versions == ours.versions, "seed \(seed)")
                    #expect(theirs.blobs == ours.blobs, "seed \(seed)")
                }
                let theirs = try await Self.conflicts(region.backend.store, scopes)
                #expect(theirs.filter { !conflicts.contains($0) } == [], "seed \(seed)")
                #expect(conflicts.filter { !theirs.contains($0) } == [], "seed \(seed)")
            }
        }
        #expect(conflictCount > 20)
    }
}
