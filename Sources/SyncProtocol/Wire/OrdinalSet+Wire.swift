public import ObjectModel

extension FieldWriter {
    /// Epoch of 8 bytes, then the chunks of the set (Spec §5.4).
    mutating func held(_ tag: UInt64, _ held: HeldOrdinals) {
        guard !held.ordinals.isEmpty else { return }
        var value = withUnsafeBytes(of: held.epoch.bigEndian) { Array($0) }
        var next: UInt64 = 0
        for (number, chunk) in held.ordinals.chunks {
            Varint.encode(number - next, into: &value)
            next = number + 1
            Self.append(chunk, to: &value)
        }
        self.bytes(tag, value)
    }

    private static func append(_ chunk: OrdinalSet.Chunk, to value: inout [UInt8]) {
        switch chunk {
        case .runs(let runs):
            Varint.encode(UInt64(runs.count) << 1, into: &value)
            var next = 0
            for run in runs {
                Varint.encode(UInt64(Int(run.lowerBound) - next), into: &value)
                Varint.encode(UInt64(run.upperBound - run.lowerBound), into: &value)
                next = Int(run.upperBound) + 2
            }
        case .bits(let bits):
            Varint.encode(UInt64(bits.count) << 1 | 1, into: &value)
            value += bits
        }
    }
}

extension Field {
    /// Epoch of 8 bytes, then the chunks of a set that is not empty (`SET-1` to `SET-3`).
    func held(in bytes: RawSpan) throws(WireError) -> HeldOrdinals {
        guard self.range.count > 8 else { throw self.invalid }
        var ordinals = OrdinalSet()
        var offset = self.range.lowerBound + 8
        var next: UInt64 = 0
        while offset < self.range.upperBound {
            let (number, isAbove) = next.addingReportingOverflow(try self.number(in: bytes, at: &offset))
            guard !isAbove, number < 1 << 48 else { throw self.invalid }
            ordinals.append(try self.chunk(in: bytes, at: &offset), number: number)
            next = number + 1
        }
        return HeldOrdinals(epoch: bytes.word64(self.range.lowerBound), ordinals: ordinals)
    }

    private func number(in bytes: RawSpan, at offset: inout Int) throws(WireError) -> UInt64 {
        guard let number = try Varint.read(bytes, at: &offset, end: self.range.upperBound) else { throw self.invalid }
        return number
    }

    private func chunk(in bytes: RawSpan, at offset: inout Int) throws(WireError) -> OrdinalSet.Chunk {
        let head = try self.number(in: bytes, at: &offset)
        let count = head >> 1
        guard count >= 1 else { throw self.invalid }
        if head & 1 == 1 {
            guard count <= UInt64(OrdinalSet.chunkByteCountMax), count <= UInt64(self.range.upperBound - offset) else {
                throw self.invalid
            }
            let end = offset + Int(count)
            guard bytes.byte(end - 1) != 0 else { throw self.invalid }
            defer { offset = end }
            return .bits(bytes.copy(offset..<end))
        }
        // Each run takes two bytes at least, so what is left bounds how many there can be.
        guard count <= UInt64(self.range.upperBound - offset) / 2 else { throw self.invalid }
        var runs: [ClosedRange<UInt16>] = []
        var next: UInt64 = 0
        for _ in 0..<count {
            let gap = try self.number(in: bytes, at: &offset)
            let length = try self.number(in: bytes, at: &offset)
            guard gap <= 0xFFFF, length <= 0xFFFF, next + gap + length <= 0xFFFF else { throw self.invalid }
            runs.append(UInt16(next + gap)...UInt16(next + gap + length))
            next += gap + length + 2
        }
        return .runs(runs)
    }
}

/// Ordinals of one journal that a reader holds, whatever it lacks before them (Spec §8.7, `FETCH-13`).
public struct HeldOrdinals: Equatable, Sendable {
    public var epoch: UInt64
    public var ordinals: OrdinalSet

    public init(epoch: UInt64, ordinals: OrdinalSet) {
        self.epoch = epoch
        self.ordinals = ordinals
    }
}
