public import ObjectModel

/// Offers the bytes of one file to a project (Spec §8.24).
public struct PutMessage: WireMessage {
    public static let type = FrameType.put
    public var project: ProjectID
    public var parts: BlobParts

    public init(project: ProjectID, parts: BlobParts) {
        self.project = project
        self.parts = parts
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var project: ProjectID?
        var byteCount: UInt64 = 0
        var hashes: [ContentHash] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = ProjectID(rawValue: try field.identifier(in: payload))
            case 4: byteCount = try field.varint(in: payload, max: BlobParts.byteCountMax)
            case 6: hashes = try field.hashes(in: payload, countMax: BlobParts.partCountMax)
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        guard let parts = BlobParts(byteCount: byteCount, hashes: hashes) else {
            throw WireError(.invalidField, tag: 6)
        }
        self.init(project: project, parts: parts)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        fields.varint(4, self.parts.byteCount)
        fields.hashes(6, self.parts.hashes)
        return fields.bytes
    }
}
