/// Unsigned LEB128 in its shortest form (Spec §4.3, `INT-1` to `INT-3`).
public enum Varint {
    /// Longest form of a 64-bit number, in bytes.
    public static let byteCountMax = 10

    public static func encode(_ value: UInt64, into bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Length of the shortest form of `value`, in bytes.
    public static func byteCount(_ value: UInt64) -> Int {
        max(1, (64 - value.leadingZeroBitCount + 6) / 7)
    }

    /// Reads one number at `offset` and moves `offset` behind it.
    ///
    /// - Throws: ``ErrorCode/malformedVarint`` for a form that is too long (`INT-2`) or over 64 bits (`INT-3`).
    /// - Returns: `nil`, with `offset` unchanged, when `bytes` ends before the number does.
    public static func decode(_ bytes: RawSpan, at offset: inout Int) throws(WireError) -> UInt64? {
        var value: UInt64 = 0
        var index = 0
        while offset + index < bytes.byteCount {
            let byte = bytes.byte(offset + index)
            if index == byteCountMax - 1, byte > 1 { throw WireError(.malformedVarint) }
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            index += 1
            guard byte & 0x80 == 0 else { continue }
            if byte == 0, index > 1 { throw WireError(.malformedVarint) }
            offset += index
            return value
        }
        return nil
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
}
