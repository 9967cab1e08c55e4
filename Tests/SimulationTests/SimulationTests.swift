import SimulationKit
import Testing

@Suite struct SimulationTests {
    @Test("MERGE-1: regions with every fault at once come to the same, and lose nothing")
    func seeds() async throws {
        var (conflictCount, compactedCount, snapshotCount) = (0, 0, 0)
        for seed in 1...150 as ClosedRange<UInt64> {
            let simulation = Simulation(seed: seed)
            do {
                try await simulation.run()
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
            conflictCount += simulation.conflictCount
            compactedCount += simulation.compactedCount
            snapshotCount += simulation.snapshotCount
        }
        #expect(conflictCount > 100)
        #expect(compactedCount > 100)
        #expect(snapshotCount > 100)
    }

    @Test("A seed repeats itself, with all that it writes", arguments: 1...6 as ClosedRange<UInt64>)
    func repetition(_ seed: UInt64) async throws {
        let (one, other) = (Simulation(seed: seed), Simulation(seed: seed))
        try await one.run()
        try await other.run()
        #expect(one.events == other.events)
        #expect(try await one.digest() == other.digest())
    }
}
