public import ObjectModel

/// Length and hashes of a file's parts: the first answer to a BLOB (Spec §8.23).
public struct PartsMessage: WireMessage {
    public static let type = FrameType.parts
    public var parts: BlobParts

    public init(_ parts: BlobParts) { self.parts = parts }

    public init(decoding payload: RawSpan) throws(WireError) {
        var byteCount: UInt64 = 0
        var hashes: [ContentHash] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: byteCount = try field.varint(in: payload, max: BlobParts.byteCountMax)
            case 4: hashes = try field.hashes(in: payload, countMax: BlobParts.partCountMax)
            default: try field.skipUnknown()
            }
        }
        guard let parts = BlobParts(byteCount: byteCount, hashes: hashes) else {
            throw WireError(.invalidField, tag: 4)
        }
        self.init(parts)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.varint(2, self.parts.byteCount)
        fields.hashes(4, self.parts.hashes)
        return fields.bytes
    }
}
