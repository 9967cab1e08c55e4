public import ObjectModel

/// Asks how the objects of a project differ from those that the sender has (Spec §8.18).
public struct ReconcileMessage: WireMessage {
    public static let type = FrameType.reconcile
    public var project: ProjectID
    public var key: SketchKey
    /// The sender's own set under the key.
    public var digest: SetDigest

    public init(project: ProjectID, key: SketchKey, digest: SetDigest) {
        self.project = project
        self.key = key
        self.digest = digest
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var project: ProjectID?
        var key: SketchKey?
        var count = 0
        var sum: UInt64?
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = ProjectID(rawValue: try field.identifier(in: payload))
            case 4: key = SketchKey(try field.bytes(in: payload, exactly: SketchKey.byteCount))
            case 6: count = try field.count(in: payload, max: Limits.sketchObjectCountMax)
            case 8: sum = try field.word(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        guard let key else { throw WireError(.missingField, tag: 4) }
        guard let sum else { throw WireError(.missingField, tag: 8) }
        self.init(project: project, key: key, digest: SetDigest(count: count, sum: sum))
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        fields.bytes(4, self.key.bytes)
        fields.count(6, self.digest.count)
        fields.word(8, self.digest.sum)
        return fields.bytes
    }
}
