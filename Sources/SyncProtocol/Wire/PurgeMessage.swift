public import ObjectModel

/// Tells a region that it must remove a project (Spec §8.34).
public struct PurgeMessage: WireMessage {
    public static let type = FrameType.purge
    public var project: ProjectID
    /// Of each origin of the project's log, the last operation that excludes the receiver; at least one.
    public var exclusion: [OperationMark]
    /// How many allowed regions must hold everything; 1 to ``ObjectModel/ProjectPolicy/copyCountMax``.
    public var copies: UInt64
    /// What the receiver said that it holds, when the sender has all of it; else empty.
    public var held: [OperationMark]

    public init(project: ProjectID, exclusion: [OperationMark], copies: UInt64, held: [OperationMark] = []) {
        self.project = project
        self.exclusion = exclusion
        self.copies = copies
        self.held = held
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var project: ProjectID?
        var exclusion: [OperationMark]?
        var copies: UInt64 = 1
        var held: [OperationMark] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = ProjectID(rawValue: try field.identifier(in: payload))
            case 4: exclusion = try field.marks(in: payload)
            case 6:
                copies = try field.varint(in: payload, default: 1)
                guard (1...UInt64(ProjectPolicy.copyCountMax)).contains(copies) else { throw field.invalid }  // PURGE-1
            case 8: held = try field.marks(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        guard let exclusion else { throw WireError(.missingField, tag: 4) }
        self.init(project: project, exclusion: exclusion, copies: copies, held: held)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        fields.marks(4, self.exclusion)
        fields.varint(6, self.copies, default: 1)
        fields.marks(8, self.held)
        return fields.bytes
    }
}

/// What is left of a project that a region must remove (Spec §8.35).
public struct PurgedMessage: WireMessage {
    public static let type = FrameType.purged
    /// Of each origin, the last operation that is there; empty when nothing of the project is.
    public var marks: [OperationMark]

    public init(marks: [OperationMark] = []) {
        self.marks = marks
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        self.init()
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: self.marks = try field.marks(in: payload)
            default: try field.skipUnknown()
            }
        }
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.marks(2, self.marks)
        return fields.bytes
    }
}
