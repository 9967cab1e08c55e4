/// A set of journal ordinals, in chunks of 65,536: runs where the set is orderly, bits where it is not (Spec §5.4).
///
/// Memory is a small multiple of the encoded form, whatever the ordinals are.
public struct OrdinalSet: Equatable, Sendable {
    public enum Chunk: Equatable, Sendable {
        /// First and last ordinal of each run within the chunk, ascending; no two runs touch.
        case runs([ClosedRange<UInt16>])
        /// Bit `i & 7` of byte `i >> 3` stands for ordinal `i` of the chunk. The last byte is not 0.
        case bits([UInt8])
    }

    /// Ordinals of one chunk.
    public static let chunkByteCountMax = 8_192

    /// By chunk number, ascending; none is empty.
    public private(set) var chunks: [(number: UInt64, chunk: Chunk)] = []

    public init() {}

    /// - Precondition: `number` is above those before.
    public mutating func append(_ chunk: Chunk, number: UInt64) {
        precondition(self.chunks.last.map { $0.number < number } ?? true, "chunks come in order")
        self.chunks.append((number, chunk))
    }

    /// The set of `ordinals`, which must ascend.
    public init(_ ordinals: some Sequence<UInt64>) {
        var runs: [ClosedRange<UInt16>] = []
        var number: UInt64 = 0
        for ordinal in ordinals {
            if ordinal >> 16 != number {
                self.close(runs, number)
                (runs, number) = ([], ordinal >> 16)
            }
            let low = UInt16(truncatingIfNeeded: ordinal)
            if let last = runs.last, last.upperBound < low, last.upperBound + 1 == low {
                runs[runs.count - 1] = last.lowerBound...low
            } else {
                precondition(runs.last.map { $0.upperBound < low } ?? true, "ordinals ascend")
                runs.append(low...low)
            }
        }
        self.close(runs, number)
    }

    private mutating func close(_ runs: [ClosedRange<UInt16>], _ number: UInt64) {
        guard let last = runs.last else { return }
        // A run takes two numbers of one to three bytes.
        let bitsByteCount = Int(last.upperBound >> 3) + 1
        guard runs.count * 3 > bitsByteCount else { return self.append(.runs(runs), number: number) }
        var bits = [UInt8](repeating: 0, count: bitsByteCount)
        for run in runs {
            for ordinal in run { bits[Int(ordinal >> 3)] |= 1 << UInt8(ordinal & 7) }
        }
        self.append(.bits(bits), number: number)
    }

    public var isEmpty: Bool { self.chunks.isEmpty }

    public func contains(_ ordinal: UInt64) -> Bool {
        var low = 0
        var high = self.chunks.count
        while low < high {
            let middle = (low + high) / 2
            if self.chunks[middle].number < ordinal >> 16 { low = middle + 1 } else { high = middle }
        }
        guard low < self.chunks.count, self.chunks[low].number == ordinal >> 16 else { return false }
        return Self.contains(UInt16(truncatingIfNeeded: ordinal), in: self.chunks[low].chunk)
    }

    private static func contains(_ ordinal: UInt16, in chunk: Chunk) -> Bool {
        switch chunk {
        case .bits(let bits):
            let index = Int(ordinal >> 3)
            return index < bits.count && bits[index] & (1 << UInt8(ordinal & 7)) != 0
        case .runs(let runs):
            var low = 0
            var high = runs.count
            while low < high {
                let middle = (low + high) / 2
                if runs[middle].upperBound < ordinal { low = middle + 1 } else { high = middle }
            }
            return low < runs.count && runs[low].contains(ordinal)
        }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.chunks.elementsEqual(right.chunks) { $0.number == $1.number && $0.chunk == $1.chunk }
    }
}
