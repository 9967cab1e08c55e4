/// A file that belongs to a project: an attachment, or the source that a model was made from.
public struct Blob: Equatable, Sendable, Codable {
    public var id: BlobID
    public var project: ProjectID
    public var fileName: String
    /// How long the file is, in bytes.
    public var byteCount: UInt64
    /// Names the file's parts (``BlobParts/digest``); where its bytes are kept.
    public var digest: ContentHash
    /// SHA-256 of the whole file.
    public var contentHash: ContentHash
    public var author: UserID?
    public var createdAt: Timestamp

    public init(
        id: BlobID, project: ProjectID, fileName: String, content: BlobContent, author: UserID?, createdAt: Timestamp
    ) {
        self.id = id
        self.project = project
        self.fileName = fileName
        self.byteCount = content.byteCount
        self.digest = content.digest
        self.contentHash = content.contentHash
        self.author = author
        self.createdAt = createdAt
    }

    public var content: BlobContent {
        BlobContent(byteCount: self.byteCount, digest: self.digest, contentHash: self.contentHash)
    }

    /// By its name.
    public var fileType: String { Self.fileType(of: self.fileName) }

    /// The last extension of a name, lower-cased, without its dot.
    static func fileType(of name: String) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }
}

/// What a file holds.
public struct BlobContent: Equatable, Sendable {
    /// In bytes.
    public var byteCount: UInt64
    /// ``BlobParts/digest``.
    public var digest: ContentHash
    /// SHA-256 of the whole file.
    public var contentHash: ContentHash

    public init(byteCount: UInt64, digest: ContentHash, contentHash: ContentHash) {
        self.byteCount = byteCount
        self.digest = digest
        self.contentHash = contentHash
    }

    /// Names these bytes in HTTP: a strong entity tag, quotes included (RFC 9110 §8.8.3).
    public var entityTag: String { "\"\(self.contentHash)\"" }
}
