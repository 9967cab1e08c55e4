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
        /// Answer only when there is something new (`FETCH-15`).
        public static let waiting = Self(rawValue: 4)
        /// With what the wanted objects lead to (`FETCH-20`).
        public static let withClosures = Self(rawValue: 8)
        static let known: Self = [.withoutOperations, .withoutObjects, .waiting, .withClosures]
    }

    /// Forms of an answer that the sender can read beyond the baseline. Bits that a receiver does not know are passed
    /// over (`FETCH-11`).
    public struct Accepted: OptionSet, Hashable, Sendable {
        public var rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        /// Delta blocks (Spec §12.8).
        public static let deltas = Self(rawValue: 1)
        /// Snapshots in place of logs (Spec §23).
        public static let snapshots = Self(rawValue: 2)
    }

    public var project: ProjectID
    /// Everything before it is held durably; `nil` asks from the start.
    public var cursor: JournalCursor?
    /// Operations that are held durably, by origin in ascending order.
    public var marks: [OperationMark]
    /// When not empty: exactly these objects and no others, for repair, or these and all below them
    /// (``Options/withClosures``). The cursor then does not move.
    public var wanted: [ObjectID]
    public var options: Options
    /// When it is there: exactly the blocks that begin within it, for a reader that has several sources. The cursor then
    /// does not move (`FETCH-16`).
    public var range: JournalRange?
    public var accepted: Accepted
    /// Objects whose whole closure is held durably. A hint: whoever answers may pass over it (`FETCH-12`).
    public var roots: [ObjectID]
    /// Some of the journal's objects, held durably. A hint as well (`FETCH-13`).
    public var held: HeldOrdinals?
    /// A block that a cut left unfinished. A hint, too (`RESUME-6`).
    public var unfinished: UnfinishedBlock?

    public init(
        project: ProjectID, cursor: JournalCursor? = nil, marks: [OperationMark] = [], wanted: [ObjectID] = [],
        options: Options = [], range: JournalRange? = nil, accepted: Accepted = [], roots: [ObjectID] = [],
        held: HeldOrdinals? = nil, unfinished: UnfinishedBlock? = nil
    ) {
        self.project = project
        self.cursor = cursor
        self.marks = marks
        self.wanted = wanted
        self.options = options
        self.range = range
        self.accepted = accepted
        self.roots = roots
        self.held = held
        self.unfinished = unfinished
    }

    /// Whether the answer goes on from the cursor, and moves it.
    public var followsJournal: Bool { self.wanted.isEmpty && self.range == nil }

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
            case 11: request.accepted = Accepted(rawValue: try field.varint(in: payload))
            case 12: request.range = try field.journalRange(in: payload)
            case 13: request.roots = try field.objectIDs(in: payload, countMax: Limits.rootCountMax)
            case 15: request.held = try field.held(in: payload)
            case 17: request.unfinished = try field.unfinishedBlock(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        guard request.wanted.isEmpty || request.range == nil else { throw WireError(.invalidField, tag: 12) }
        guard !request.wanted.isEmpty || !request.options.contains(.withClosures) else {  // FETCH-20
            throw WireError(.invalidField, tag: 10)
        }
        request.project = ProjectID(rawValue: project)
        self = request
    }

    public func encoded() -> [UInt8] {
        precondition(self.wanted.count <= Limits.wantedCountMax, "too many objects in one FETCH")
        precondition(self.wanted.isEmpty || self.range == nil, "a FETCH asks for ids or for a range")
        precondition(!self.wanted.isEmpty || !self.options.contains(.withClosures), "nothing to be below of")
        precondition(self.roots.count <= Limits.rootCountMax, "too many roots in one FETCH")
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        if let cursor { fields.cursor(4, cursor) }
        fields.marks(6, self.marks)
        fields.objectIDs(8, self.wanted)
        fields.varint(10, self.options.rawValue)
        fields.varint(11, self.accepted.rawValue)
        if let range { fields.journalRange(12, range) }
        fields.objectIDs(13, self.roots)
        if let held { fields.held(15, held) }
        if let unfinished { fields.unfinishedBlock(17, unfinished) }
        return fields.bytes
    }
}
