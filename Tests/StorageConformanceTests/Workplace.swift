import ObjectModel
import Storage
import StorageTestKit

/// A node at which random commands are performed. Its clock stands still now and then.
struct Workplace {
    let backend: OpenBackend
    private let clock = HandClock()
    private var work: RandomWork

    /// - Parameter seed: of its ids.
    init(_ backend: Backend, node: NodeID, seed: UInt64) throws {
        let (open, clock, numbers) = (try backend.open(), self.clock, SeededNumbers(seed: seed))
        open.setComplete(RandomWork.completeRoots)
        self.backend = open
        let service = MetadataService(store: open.store, node: node, numbers: RandomNumbers { numbers.next() }) {
            clock.now
        }
        self.work = RandomWork(store: open.store, service: service)
    }

    var performed: Int { self.work.performed }
    var refused: Int { self.work.refusals.values.reduce(0, +) }

    mutating func perform(_ count: Int, using random: inout SeededRandom) async throws {
        for _ in 0..<count {
            self.clock.advance(by: [0, 0, 1, 1000].randomElement(using: &random) ?? 0)
            try await self.work.step(using: &random)
        }
    }
}
