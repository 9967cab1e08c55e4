import SimulationKit
import Testing

@Suite struct SimulationTests {
    @Test("MERGE-1: regions with every fault at once come to the same, and lose nothing")
    func seeds() async throws {
        var counts: [SimulationEvent: Int] = [:]
        for seed in 1...200 as ClosedRange<UInt64> {
            let simulation = Simulation(seed: seed)
            do {
                try await simulation.run()
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
            counts.merge(simulation.counts, uniquingKeysWith: +)
        }
        for event in SimulationEvent.allCases {
            #expect(counts[event, default: 0] >= 5, "what never happens shows nothing: \(event.rawValue)")
        }
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
