import ObjectModel
import Testing

@Suite struct OrdinalSetTests {
    @Test("SET-1: a set holds what was put in, and nothing else")
    func contains() {
        let samples: [[UInt64]] = [
            [], [0], [0, 1, 2, 3], [65_535, 65_536], [5, 7, 65_535, 65_536, 1 << 40],
            (0..<70_000).filter { $0 % 3 == 0 }, Array(100..<66_000),
        ]
        for ordinals in samples {
            let set = OrdinalSet(ordinals)
            #expect(set.isEmpty == ordinals.isEmpty)
            let members = Set(ordinals)
            for ordinal in Set(ordinals.flatMap { [$0, $0 + 1, $0 &- 1] }) {
                #expect(set.contains(ordinal) == members.contains(ordinal), "\(ordinal) of \(ordinals.count)")
            }
        }
    }

    @Test("SET-2: what is orderly is kept as runs, what is not as bits")
    func forms() {
        #expect(OrdinalSet(Array(100..<66_000)).chunks.map(\.chunk) == [.runs([100...65_535]), .runs([0...463])])
        let scattered = OrdinalSet((0..<80).filter { $0 % 2 == 0 })
        #expect(scattered.chunks.map(\.chunk) == [.bits([0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55])])
    }
}
