public import ObjectModel

/// Asks for the bytes of one file of a project, from a part on (Spec §8.22).
public struct BlobMessage: WireMessage {
    public static let type = FrameType.blob
    public var project: ProjectID
    /// The digest of the file's parts (``BlobParts/digest``).
    public var digest: ContentHash
    /// The first part that is wanted.
    public var firstPart: Int
    /// How many parts are wanted; 0 for all the rest.
    public var partCount: Int

    public init(project: ProjectID, digest: ContentHash, firstPart: Int = 0, partCount: Int = 0) {
        self.project = project
        self.digest = digest
        self.firstPart = firstPart
        self.partCount = partCount
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var project: ProjectID?
        var digest: ContentHash?
        var (firstPart, partCount) = (0, 0)
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = ProjectID(rawValue: try field.identifier(in: payload))
            case 4: digest = try field.hashes(in: payload, countMax: 1)[0]
            case 6: firstPart = try field.count(in: payload, max: BlobParts.partCountMax)
            case 8: partCount = try field.count(in: payload, max: BlobParts.partCountMax)
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        guard let digest else { throw WireError(.missingField, tag: 4) }
        self.init(project: project, digest: digest, firstPart: firstPart, partCount: partCount)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        fields.hashes(4, [self.digest])
        fields.count(6, self.firstPart)
        fields.count(8, self.partCount)
        return fields.bytes
    }

    /// The parts that are wanted of a file with so many; `nil` when it has no such parts.
    public func wanted(of count: Int) -> Range<Int>? {
        guard self.firstPart <= count else { return nil }
        let end = self.partCount == 0 ? count : self.firstPart + self.partCount
        return end <= count ? self.firstPart..<end : nil
    }
}
