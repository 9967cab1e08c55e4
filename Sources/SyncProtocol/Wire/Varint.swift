/// Unsigned LEB128 in its shortest form (Spec §5.1, `INT-1` to `INT-3`).
public enum Varint {
    /// Longest form of a 64-bit number, in bytes.
    public static let byteCountMax = 10

    /// The form is longer than needed (`INT-2`), or the number has more than 64 bits (`INT-3`).
    public struct Malformed: Error, Equatable, Sendable {
        public init() {}
    }

    /// Appends the shortest form of `value`.
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
    /// - Parameter end: where reading stops, in bytes from the start of `bytes`; at most its length.
    /// - Returns: `nil`, with `offset` unchanged, when the number does not end before `end`.
    public static func decode(
        _ bytes: RawSpan, at offset: inout Int, end: Int? = nil
    ) throws(Malformed) -> UInt64? {
        let end = end ?? bytes.byteCount
        var value: UInt64 = 0
        var index = 0
        while offset + index < end {
            let byte = bytes.unsafeLoad(fromByteOffset: offset + index, as: UInt8.self)
            if index == byteCountMax - 1, byte > 1 { throw Malformed() }
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            index += 1
            guard byte & 0x80 == 0 else { continue }
            if byte == 0, index > 1 { throw Malformed() }
            offset += index
            return value
        }
        return nil
    }
}
