public import ObjectModel

/// Asks for one HEAD as soon as the project's head differs from what the sender has (Spec §8.16).
public struct WatchMessage: WireMessage {
    public static let type = FrameType.watch
    public var project: ProjectID
    /// `nil` when the sender has nothing.
    public var cursor: JournalCursor?
    public var marks: [OperationMark]

    public init(project: ProjectID, cursor: JournalCursor? = nil, marks: [OperationMark] = []) {
        self.project = project
        self.cursor = cursor
        self.marks = marks
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var project: ProjectID?
        var cursor: JournalCursor?
        var marks: [OperationMark] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = ProjectID(rawValue: try field.identifier(in: payload))
            case 4: cursor = try field.cursor(in: payload)
            case 6: marks = try field.marks(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        self.init(project: project, cursor: cursor, marks: marks)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        if let cursor { fields.cursor(4, cursor) }
        fields.marks(6, self.marks)
        return fields.bytes
    }
}

/// Where the journal and the logs of a watched project stand (Spec §8.17).
public struct HeadMessage: WireMessage {
    public static let type = FrameType.head
    public var cursor: JournalCursor
    /// All origins of the project's log, ascending.
    public var marks: [OperationMark]

    public init(cursor: JournalCursor, marks: [OperationMark] = []) {
        self.cursor = cursor
        self.marks = marks
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var cursor: JournalCursor?
        var marks: [OperationMark] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: cursor = try field.cursor(in: payload)
            case 4: marks = try field.marks(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let cursor else { throw WireError(.missingField, tag: 2) }
        self.init(cursor: cursor, marks: marks)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.cursor(2, self.cursor)
        fields.marks(4, self.marks)
        return fields.bytes
    }

    /// Whether a reader that holds `cursor` and `marks` lacks something of this head.
    public func isAhead(of cursor: JournalCursor?, marks: [OperationMark]) -> Bool {
        let lacksObjects =
            if let cursor { cursor != self.cursor } else { self.cursor.nextOrdinal > 0 }
        if lacksObjects { return true }
        return self.lacks(marks)
    }

    private func lacks(_ marks: [OperationMark]) -> Bool {
        let held = marks.sequences
        return self.marks.contains { $0.sequence > held[$0.origin, default: 0] }
    }
}
