import SimulationKit
import Testing

@Suite struct SimulationTests {
    @Test("MERGE-1: regions with every fault at once come to the same, and lose nothing")
    func seeds() async throws {
        var conflictCount = 0
        for seed in 1...150 as ClosedRange<UInt64> {
            let simulation = Simulation(seed: seed)
            do {
                try await simulation.run()
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
            conflictCount += simulation.conflictCount
        }
        #expect(conflictCount > 100)
    }

    @Test("A seed repeats itself")
    func repetition() async throws {
        let (one, other) = (Simulation(seed: 7), Simulation(seed: 7))
        try await one.run()
        try await other.run()
        #expect(one.events == other.events)
    }
}
