import Testing

@testable import ObjectModel

/// What is sought eight bytes at a time is what is found one by one.
@Suite struct ByteMarksTests {
    private struct Kind: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let marks: @Sendable (UInt64) -> UInt64
        let has: @Sendable (UInt8) -> Bool
    }

    private static let kinds = [
        Kind(testDescription: "not plain", marks: { ByteMarks.notPlain($0) }) {
            $0 < 0x20 || $0 >= 0x80 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        },
        Kind(testDescription: "quote or backslash", marks: { ByteMarks.quoteOrBackslash($0) }) {
            $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        },
        // The last four are no part of JSON outside of strings.
        Kind(testDescription: "structure", marks: { ByteMarks.structure($0) }) {
            "\"{}[]_Yy\u{7F}".utf8.contains($0)
        },
        Kind(testDescription: "not a digit", marks: { ByteMarks.notDigit($0) }) { !(0x30...0x39).contains($0) },
    ]

    private static func check(_ kind: Kind, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            for start in 0...bytes.count {
                let expected = bytes[start...].firstIndex(where: kind.has) ?? bytes.count
                #expect(bytes.firstIndex(from: start, kind.marks) == expected, "\(Array(bytes)) from \(start)")
            }
        }
    }

    @Test("TEXT-15: each byte is seen for what it is at each place, whatever stands around it", arguments: kinds)
    private func bytes(_ kind: Kind) {
        for around in [0x00, 0x20, 0x21, 0x2F, 0x30, 0x39, 0x3A, 0x5B, 0x7E, 0x7F, 0x80, 0xFF] as [UInt8] {
            for byte in UInt8.min...UInt8.max {
                for place in [0, 1, 6, 7, 8, 9, 10] {
                    var bytes = [UInt8](repeating: around, count: 11)
                    bytes[place] = byte
                    bytes.withUnsafeBytes { bytes in
                        let expected = bytes.firstIndex(where: kind.has) ?? bytes.count
                        if bytes.firstIndex(from: 0, kind.marks) != expected {
                            Issue.record("\(byte) at \(place) among \(around)")
                        }
                    }
                }
            }
        }
    }

    @Test("TEXT-15: the same in texts of any length, from any place on", arguments: kinds)
    private func texts(_ kind: Kind) {
        var generator = SeededGenerator(seed: 15)
        let alphabet = Array("\"\\{}[]_Yy09/: é~\u{7F}\u{0}\u{1F}".utf8)
        for count in 0..<40 {
            for _ in 0..<20 {
                Self.check(kind, (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 })
                Self.check(kind, (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
            }
        }
    }
}

/// Random, and the same in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
