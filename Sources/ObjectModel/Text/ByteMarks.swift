/// Kinds of bytes that are sought eight at a time.
///
/// Each function takes eight bytes, the first one lowest, and sets the high bit of those that it seeks. A borrow may mark
/// bytes above the lowest one that is marked, never that one, and never a byte below it.
enum ByteMarks {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits = ones &* 0x80

    /// What may not stand in a string as it is, ends it, or begins an escape or a scalar of several bytes.
    static func notPlain(_ bytes: UInt64) -> UInt64 {
        let isControl = (bytes &- self.ones &* 0x20) & ~bytes
        return (isControl | self.equal(bytes, "\"") | self.equal(bytes, "\\") | bytes) & self.highBits
    }

    /// What ends a string, or may keep a quote from doing so.
    static func quoteOrBackslash(_ bytes: UInt64) -> UInt64 {
        (self.equal(bytes, "\"") | self.equal(bytes, "\\")) & self.highBits
    }

    /// Quotes, braces and brackets; a few others too, which no JSON has outside of strings.
    static func structure(_ bytes: UInt64) -> UInt64 {
        // Without these three bits, braces and brackets are the same.
        (self.equal(bytes, "\"") | self.equal(bytes & ~(self.ones &* 0x26), "Y")) & self.highBits
    }

    static func notDigit(_ bytes: UInt64) -> UInt64 {
        let values = bytes ^ (self.ones &* 0x30)
        return (((values & ~self.highBits) &+ self.ones &* 0x76) | values) & self.highBits
    }

    /// Its high bits are set where a byte is `character`.
    private static func equal(_ bytes: UInt64, _ character: Unicode.Scalar) -> UInt64 {
        let difference = bytes ^ (self.ones &* UInt64(UInt8(ascii: character)))
        return (difference &- self.ones) & ~difference
    }
}

extension UnsafeRawBufferPointer {
    /// Where the first byte stands, at `start` or behind it, that `marks` marks; the end when there is none.
    @inline(__always)
    func firstIndex(from start: Int, _ marks: (UInt64) -> UInt64) -> Int {
        var index = start
        while index <= self.count - 8 {
            let found = marks(UInt64(littleEndian: self.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < self.count, marks(UInt64(self[index])) & 0x80 == 0 { index += 1 }
        return index
    }
}
