public import ObjectModel

/// The objects that a MORE named by their keyed ids (Spec §8.21).
public struct IDsMessage: WireMessage {
    public static let type = FrameType.ids
    /// In the order of the names; names that nothing is known of are left out.
    public var ids: [ObjectID]

    public init(ids: [ObjectID] = []) {
        self.ids = ids
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var ids: [ObjectID] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: ids = try field.objectIDs(in: payload, countMax: Limits.namedCountMax)
            default: try field.skipUnknown()
            }
        }
        self.init(ids: ids)
    }

    public func encoded() -> [UInt8] {
        precondition(self.ids.count <= Limits.namedCountMax, "too many objects in one IDS")
        var fields = FieldWriter()
        fields.objectIDs(2, self.ids)
        return fields.bytes
    }
}
