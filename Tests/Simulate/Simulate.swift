import Foundation
import SimulationKit

/// Runs seeds: `simulate FIRST COUNT`. The first seed that fails ends it, with what happened.
@main enum Simulate {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard arguments.count == 2, arguments[1] > 0 else {
            FileHandle.standardError.write(Data("usage: simulate FIRST COUNT\n".utf8))
            exit(2)
        }
        let (first, count) = (arguments[0], arguments[1])
        let start = ContinuousClock.now
        var counts: [SimulationEvent: Int] = [:]
        for seed in first..<(first + count) {
            let simulation = Simulation(seed: seed)
            do {
                try await simulation.run()
            } catch {
                print(simulation.events.suffix(40).joined(separator: "\n"))
                print("seed \(seed) fails: \(error)\nagain: simulate \(seed) 1")
                exit(1)
            }
            counts.merge(simulation.counts, uniquingKeysWith: +)
            if isatty(STDERR_FILENO) == 1, seed % 20 == 0 {
                FileHandle.standardError.write(Data("\r\(seed - first + 1) of \(count) seeds".utf8))
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rate = Int(Double(count) / seconds * 60)
        let list = SimulationEvent.allCases.map { "\(counts[$0, default: 0]) \($0.rawValue)" }
        print("\(count) seeds from \(first) hold: \(list.joined(separator: ", ")); \(rate) seeds a minute")
    }
}
