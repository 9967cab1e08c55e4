extension Varint {
    /// Reads one number of a payload at `offset` and moves `offset` behind it.
    ///
    /// - Throws: ``ErrorCode/malformedVarint`` (`INT-2`, `INT-3`).
    /// - Returns: `nil`, with `offset` unchanged, when the number does not end before `end`.
    static func read(_ bytes: RawSpan, at offset: inout Int, end: Int) throws(WireError) -> UInt64? {
        do {
            return try Self.decode(bytes, at: &offset, end: end)
        } catch {
            throw WireError(.malformedVarint)
        }
    }
}

extension RawSpan {
    /// The byte at `offset`, which must lie within the span.
    func byte(_ offset: Int) -> UInt8 {
        self.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// A copy of the bytes in `range`, which must lie within the span.
    func copy(_ range: Range<Int>) -> [UInt8] {
        self.extracting(range).withUnsafeBytes { Array($0) }
    }

    /// The big-endian number at `offset`; eight bytes from there must lie within the span.
    func word64(_ offset: Int) -> UInt64 {
        UInt64(bigEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The big-endian number at `offset`; four bytes from there must lie within the span.
    func word32(_ offset: Int) -> UInt32 {
        UInt32(bigEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
