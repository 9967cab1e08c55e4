public import ObjectModel

/// Asks for what one project has and the sender lacks (Spec §8.7).
public struct FetchMessage: WireMessage {
    public static let type = FrameType.fetch

    /// What to leave out. Bits that a receiver does not know are an error (`FETCH-4`).
    public struct Options: OptionSet, Hashable, Sendable {
        public var rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        /// Send objects only.
        public static let withoutOperations = Self(rawValue: 1)
        /// Send operations only.
        public static let withoutObjects = Self(rawValue: 2)
        static let known: Self = [.withoutOperations, .withoutObjects]
    }

    public var project: ProjectID
    /// Everything before it is held durably; `nil` asks from the start.
    public var cursor: JournalCursor?
    /// Operations that are held durably, by origin in ascending order.
    public var marks: [OperationMark]
    /// When not empty: exactly these objects and no others, for repair. The cursor then does not move.
    public var wanted: [ObjectID]
    public var options: Options

    public init(
        project: ProjectID, cursor: JournalCursor? = nil, marks: [OperationMark] = [], wanted: [ObjectID] = [],
        options: Options = []
    ) {
        self.project = project
        self.cursor = cursor
        self.marks = marks
        self.wanted = wanted
        self.options = options
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var project: String?
        var request = FetchMessage(project: ProjectID(rawValue: ""))
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = try field.identifier(in: payload)
            case 4: request.cursor = try field.cursor(in: payload)
            case 6: request.marks = try field.marks(in: payload)
            case 8: request.wanted = try field.objectIDs(in: payload, countMax: Limits.wantedCountMax)
            case 10:
                request.options = Options(rawValue: try field.varint(in: payload))
                guard request.options.isSubset(of: .known) else { throw field.invalid }
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        request.project = ProjectID(rawValue: project)
        self = request
    }

    public func encoded() -> [UInt8] {
        precondition(self.wanted.count <= Limits.wantedCountMax, "too many objects in one FETCH")
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        if let cursor { fields.cursor(4, cursor) }
        fields.marks(6, self.marks)
        fields.objectIDs(8, self.wanted)
        fields.varint(10, self.options.rawValue)
        return fields.bytes
    }
}
