public import ObjectModel

/// One window of the objects that a push would bring (Spec §8.12).
public struct OfferMessage: WireMessage {
    public static let type = FrameType.offer
    /// In the first window, and only there.
    public var project: ProjectID?
    /// Number of the window, from 0 and without gaps.
    public var window: UInt64
    /// Objects of the whole push; in the first window, and only there.
    public var objectCount: UInt64
    /// In the order of the push, each once; at most ``Limits/offerWindowCountMax``. Empty only for an empty push.
    public var ids: [ObjectID]
    /// All objects of the push come, whatever the other side has; no window is answered. In the first window, and only
    /// there.
    public var isUnasked: Bool

    /// The first window.
    public init(project: ProjectID, objectCount: UInt64, ids: [ObjectID], isUnasked: Bool = false) {
        self.project = project
        self.window = 0
        self.objectCount = objectCount
        self.ids = ids
        self.isUnasked = isUnasked
    }

    /// A later window.
    public init(window: UInt64, ids: [ObjectID]) {
        precondition(window >= 1, "the first window names the project")
        self.project = nil
        self.window = window
        self.objectCount = 0
        self.ids = ids
        self.isUnasked = false
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount <= Limits.bulkFrameByteCountMax else { throw WireError(.frameTooLarge) }
        var project: ProjectID?
        var (window, objectCount): (UInt64, UInt64) = (0, 0)
        var ids: [ObjectID] = []
        var isUnasked = false
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = ProjectID(rawValue: try field.identifier(in: payload))
            case 4: window = try field.varint(in: payload)
            case 6: objectCount = try field.varint(in: payload, max: UInt64(Limits.pushObjectCountMax))
            case 8: ids = try field.objectIDs(in: payload, countMax: Limits.offerWindowCountMax)
            case 10: isUnasked = try field.varint(in: payload, max: 1) == 1
            default: try field.skipUnknown()
            }
        }
        if window == 0 {
            guard let project else { throw WireError(.missingField, tag: 2) }
            guard ids.count <= objectCount else { throw WireError(.invalidField, tag: 8) }
            guard !ids.isEmpty || objectCount == 0 else { throw WireError(.missingField, tag: 8) }
            self.init(project: project, objectCount: objectCount, ids: ids, isUnasked: isUnasked)
        } else {
            guard project == nil else { throw WireError(.invalidField, tag: 2) }
            guard objectCount == 0 else { throw WireError(.invalidField, tag: 6) }
            guard !ids.isEmpty else { throw WireError(.missingField, tag: 8) }
            guard !isUnasked else { throw WireError(.invalidField, tag: 10) }
            self.init(window: window, ids: ids)
        }
    }

    public func encoded() -> [UInt8] {
        precondition(self.ids.count <= Limits.offerWindowCountMax, "too many objects in one window")
        var fields = FieldWriter()
        if let project { fields.identifier(2, project.rawValue) }
        fields.varint(4, self.window)
        fields.varint(6, self.objectCount)
        fields.objectIDs(8, self.ids)
        fields.varint(10, self.isUnasked ? 1 : 0)
        return fields.bytes
    }
}
