public import Crypto

/// SHA-256 of one object's exact bytes. It binds an id to its content: whatever is served was hashed when it came in.
public struct ContentHash: Hashable, Sendable {
    /// Length of the binary form.
    public static let byteCount = 32

    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The hash of `bytes`.
    public init(of bytes: UnsafeRawBufferPointer) {
        self.init(SHA256.hash(data: bytes))
    }

    /// The hash of a text in UTF-8.
    public init(of text: some StringProtocol) {
        self = Array(text.utf8).withUnsafeBytes { Self(of: $0) }
    }

    public init(_ digest: SHA256Digest) {
        self = digest.withUnsafeBytes { Self(binaryIn: $0, at: 0) }
    }

    /// Reads the 32-byte binary form at `offset`, which must lie within `bytes`.
    public init(binaryIn bytes: UnsafeRawBufferPointer, at offset: Int) {
        func word(_ index: Int) -> UInt64 {
            bytes.loadUnaligned(fromByteOffset: offset + 8 * index, as: UInt64.self)
        }
        self.words = (word(0), word(1), word(2), word(3))
    }

    /// SHA-256 over the binary forms of `hashes`, one after the other: the digest of a block's content.
    public static func digest(of hashes: [ContentHash]) -> ContentHash {
        var hasher = SHA256()
        for hash in hashes { hash.update(&hasher) }
        return ContentHash(hasher.finalize())
    }

    func update(_ hasher: inout SHA256) {
        withUnsafeBytes(of: self.words) { hasher.update(bufferPointer: $0) }
    }

    public func appendBinary(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: self.words) { bytes.append(contentsOf: $0) }
    }

    public var binary: [UInt8] {
        withUnsafeBytes(of: self.words) { Array($0) }
    }

    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.words.0)
        hasher.combine(self.words.1)
    }
}

extension ContentHash: Codable {
    /// Reads 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index -> UInt8? in
            guard let upper = ObjectID.value(ofDigit: digits[index]),
                let lower = ObjectID.value(ofDigit: digits[index + 1])
            else { return nil }
            return UInt8(upper << 4 | lower)
        }
        guard digits.count == 2 * Self.byteCount, bytes.count == Self.byteCount else { return nil }
        self = bytes.withUnsafeBytes { Self(binaryIn: $0, at: 0) }
    }

    /// 64 lower-case hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let hash = Self(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 in hexadecimal")
        }
        self = hash
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}

extension ContentHash: CustomStringConvertible {
    public var description: String {
        self.binary.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
