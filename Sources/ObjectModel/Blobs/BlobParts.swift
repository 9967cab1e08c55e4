import Crypto

/// What a file is verified by, part by part: so that a damaged part is known before the whole has come, and a part that
/// came need not come again (Spec §19.1).
public struct BlobParts: Equatable, Sendable {
    /// Every part but the last has this many bytes.
    public static let partByteCount = 4 << 20
    /// The list of hashes must fit into one message.
    public static let partCountMax = 8_000
    public static let byteCountMax = UInt64(partByteCount) * UInt64(partCountMax)
    private static let prefix = Array("tiebeam blob 1".utf8)

    /// Of the whole file.
    public let byteCount: UInt64
    /// SHA-256 of each part, in order. An empty file has none.
    public let hashes: [ContentHash]

    /// `nil` when a file of that length does not have so many parts, or is longer than ``byteCountMax``.
    public init?(byteCount: UInt64, hashes: [ContentHash]) {
        guard byteCount <= Self.byteCountMax, Self.count(byteCount) == hashes.count else { return nil }
        self.byteCount = byteCount
        self.hashes = hashes
    }

    private static func count(_ byteCount: UInt64) -> Int {
        Int((byteCount + UInt64(self.partByteCount) - 1) / UInt64(self.partByteCount))
    }

    public var count: Int { self.hashes.count }

    /// SHA-256 over a fixed prefix, the length in eight bytes, big-endian, and the hashes of all parts.
    public var digest: ContentHash {
        var hasher = SHA256()
        hasher.update(data: Self.prefix)
        withUnsafeBytes(of: self.byteCount.bigEndian) { hasher.update(bufferPointer: $0) }
        for hash in self.hashes { hash.update(&hasher) }
        return ContentHash(hasher.finalize())
    }

    /// Where a part lies within the file.
    ///
    /// - Precondition: there is such a part.
    public func range(of part: Int) -> Range<UInt64> {
        precondition(self.hashes.indices.contains(part), "no such part")
        let start = UInt64(part) * UInt64(Self.partByteCount)
        return start..<min(start + UInt64(Self.partByteCount), self.byteCount)
    }

    /// Length of a part, in bytes.
    public func byteCount(of part: Int) -> Int { self.range(of: part).count }

    /// Whether `bytes` are the part at that place.
    public func matches(_ bytes: UnsafeRawBufferPointer, part: Int) -> Bool {
        bytes.count == self.byteCount(of: part) && ContentHash(of: bytes) == self.hashes[part]
    }
}

/// Hashes a file that comes in pieces.
public struct BlobHasher: Sendable {
    private var whole = SHA256()
    private var part = SHA256()
    private var partByteCount = 0
    private var byteCount: UInt64 = 0
    private var hashes: [ContentHash] = []

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        self.whole.update(bufferPointer: bytes)
        self.byteCount += UInt64(bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(BlobParts.partByteCount - self.partByteCount)
            self.part.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece))
            self.partByteCount += piece.count
            rest = rest.dropFirst(piece.count)
            if self.partByteCount == BlobParts.partByteCount { self.finishPart() }
        }
    }

    private mutating func finishPart() {
        self.hashes.append(ContentHash(self.part.finalize()))
        self.part = SHA256()
        self.partByteCount = 0
    }

    /// `nil` when the file is longer than ``BlobParts/byteCountMax``.
    public consuming func finish() -> (parts: BlobParts, content: BlobContent)? {
        if self.partByteCount > 0 { self.finishPart() }
        guard let parts = BlobParts(byteCount: self.byteCount, hashes: self.hashes) else { return nil }
        let content = BlobContent(
            byteCount: self.byteCount, digest: parts.digest, contentHash: ContentHash(self.whole.finalize()))
        return (parts, content)
    }
}
