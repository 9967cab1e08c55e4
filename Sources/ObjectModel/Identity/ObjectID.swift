/// Identity of one object within a project: the 32 lower-case hexadecimal digits that its client chose.
///
/// Clients derive it from the object's text, each in its own way, so a node trusts it and never recomputes it
/// (docs/adr/0002-object-identity.md). Ordered like its hexadecimal form.
public struct ObjectID: Hashable, Comparable, Sendable {
    /// Length of the binary form.
    public static let byteCount = 16
    /// Length of the hexadecimal form.
    public static let digitCount = 32

    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads exactly 32 lower-case hexadecimal digits; anything else is not an object id.
    public init?(hex: some StringProtocol) {
        var digits = hex.utf8.makeIterator()
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<Self.digitCount {
            guard let digit = digits.next(), let value = Self.value(ofDigit: digit) else { return nil }
            if index < 16 { words.0 = words.0 << 4 | value } else { words.1 = words.1 << 4 | value }
        }
        guard digits.next() == nil else { return nil }
        self.init(high: words.0, low: words.1)
    }

    /// Reads 32 digits at `offset`; `nil` when `bytes` is too short or a digit is not one.
    @inlinable
    public init?(hexIn bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard offset >= 0, offset + Self.digitCount <= bytes.count,
            let high = Self.word(in: bytes, at: offset), let low = Self.word(in: bytes, at: offset + 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// The value of sixteen lower-case hexadecimal digits.
    @inlinable
    static func word(in bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64? {
        guard let upper = Self.halfWord(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            let lower = Self.halfWord(bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        else { return nil }
        return UInt64(upper) << 32 | UInt64(lower)
    }

    /// The value of eight lower-case hexadecimal digits, all at once; the first one is the lowest byte.
    @inlinable
    static func halfWord(_ digits: UInt64) -> UInt32? {
        let digits = UInt64(littleEndian: digits)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let nibbles = (digits & (ones &* 0x0F)) &+ ((digits &>> 6) & ones) &* 9
        let letters = ((nibbles &+ ones &* 6) &>> 4) & ones
        // Written out again the nibbles must be the same digits.
        guard nibbles & (ones &* 0xF0) == 0, nibbles &+ ones &* 0x30 &+ letters &* 0x27 == digits else { return nil }
        let pairs = ((nibbles &<< 4) | (nibbles &>> 8)) & 0x00FF_00FF_00FF_00FF
        let quads = (pairs | pairs &>> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: quads | quads &>> 16).byteSwapped
    }

    /// Reads the 16-byte big-endian binary form at `offset`, which must lie within `bytes`.
    @inlinable
    public init(binaryIn bytes: UnsafeRawBufferPointer, at offset: Int) {
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        )
    }

    /// The 16-byte big-endian binary form.
    public var binary: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        self.appendBinary(to: &bytes)
        return bytes
    }

    @inlinable
    public func appendBinary(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: (self.high.bigEndian, self.low.bigEndian)) { bytes.append(contentsOf: $0) }
    }

    /// Writes the 16-byte binary form over the bytes at `offset`.
    ///
    /// - Precondition: they lie within `bytes`.
    @inlinable
    public func write(binaryInto bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
        bytes.storeBytes(of: self.high.bigEndian, toByteOffset: offset, as: UInt64.self)
        bytes.storeBytes(of: self.low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    }

    /// The 32 hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: Self.digitCount) { digits in
            for index in 0..<16 {
                digits[index] = Self.digit(of: self.high >> UInt64(60 - 4 * index))
                digits[16 + index] = Self.digit(of: self.low >> UInt64(60 - 4 * index))
            }
            return Self.digitCount
        }
    }

    /// Writes the 32 hexadecimal digits at the end of `bytes`.
    @inlinable
    public func appendHex(to bytes: inout [UInt8]) {
        for index in 0..<16 { bytes.append(Self.digit(of: self.high >> UInt64(60 - 4 * index))) }
        for index in 0..<16 { bytes.append(Self.digit(of: self.low >> UInt64(60 - 4 * index))) }
    }

    /// Writes the 32 hexadecimal digits over the bytes at `offset`.
    ///
    /// - Precondition: they lie within `bytes`.
    public func write(hexInto bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
        for index in 0..<16 {
            bytes[offset + index] = Self.digit(of: self.high >> UInt64(60 - 4 * index))
            bytes[offset + 16 + index] = Self.digit(of: self.low >> UInt64(60 - 4 * index))
        }
    }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    @inlinable
    static func value(ofDigit digit: UInt8) -> UInt64? {
        switch digit {
        case 0x30...0x39: UInt64(digit &- 0x30)
        case 0x61...0x66: UInt64(digit &- 0x57)
        default: nil
        }
    }

    @inlinable
    static func digit(of nibble: UInt64) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: nibble & 0xF)
        return value < 10 ? 0x30 &+ value : 0x57 &+ value
    }
}

extension ObjectID: CustomStringConvertible {
    public var description: String { self.hex }
}
