import ObjectModel
import Storage
import StorageTestKit
import Testing

/// Logs of several origins, in an order in which each operation comes after all that it had seen.
@Suite struct OperationFeedTests {
    private let project = ProjectID(rawValue: "p")

    /// Operations that two nodes made in turns, each after seeing all before it.
    private func operations(_ count: Int) throws -> [Operation] {
        try (0..<count).map { index in
            let seen = index == 0 ? [:] : [Fixture.node(2 - index % 2): UInt64(index + 1) / 2]
            let body = OperationBody.projectChanged(ProjectChange(name: "\(index)"))
            return Operation(
                scope: .project(self.project), origin: Fixture.node(1 + index % 2), sequence: UInt64(index / 2 + 1),
                timestamp: Fixture.time(Int64(index)), actor: nil,
                body: try OperationContent(body, OperationContext(seen: seen)).encoded())
        }
    }

    private func fed(_ store: any MetadataStore, held: [NodeID: UInt64]) async throws -> [Operation] {
        let scope = LogScope.project(self.project)
        let ends = try await store.read { try $0.lastSequences(in: scope) }
        var feed = OperationFeed(store, of: scope, upTo: ends, held: held)
        var operations: [Operation] = []
        while let run = try await feed.next() { operations += run.map(\.operation) }
        return operations
    }

    @Test("OPS-6: two logs that saw each other all the time come in turns, from wherever the reader stands")
    func turns() async throws {
        let (store, made) = (MemoryMetadataStore(), try self.operations(1_300))
        try await store.write { rows in for operation in made { try rows.append(operation) } }
        #expect(try await self.fed(store, held: [:]) == made)
        let held: [NodeID: UInt64] = [Fixture.node(1): 4, Fixture.node(2): 3]
        #expect(try await self.fed(store, held: held) == Array(made.dropFirst(7)))
    }

    @Test("OPS-6: logs that lack what an operation had seen are damaged")
    func damaged() async throws {
        let (store, made) = (MemoryMetadataStore(), try self.operations(6))
        try await store.write { rows in
            for operation in made where operation.origin == Fixture.node(2) { try rows.append(operation) }
        }
        await #expect(throws: StorageError.self) { _ = try await self.fed(store, held: [:]) }
    }
}
