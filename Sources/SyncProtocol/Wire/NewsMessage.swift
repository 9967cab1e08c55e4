public import ObjectModel

/// Asks which projects changed, as soon as any did (Spec §8.26).
public struct NewsMessage: WireMessage {
    public static let type = FrameType.news
    /// Names the numbering that `after` is of; `nil` asks for everything.
    public var epoch: UInt64?
    /// The last change that the sender has heard of.
    public var after: UInt64

    public init(epoch: UInt64? = nil, after: UInt64 = 0) {
        self.epoch = epoch
        self.after = after
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        self.init()
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: self.epoch = try field.word(in: payload)
            case 4: self.after = try field.varint(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard self.epoch != nil || self.after == 0 else { throw WireError(.invalidField, tag: 4) }
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        if let epoch { fields.word(2, epoch) }
        fields.varint(4, self.after)
        return fields.bytes
    }
}

/// Which projects changed (Spec §8.27).
public struct ChangedMessage: WireMessage {
    public static let type = FrameType.changed
    public var epoch: UInt64
    /// The last change that this tells of.
    public var last: UInt64
    /// Ascending, each once, at most ``Limits/changedProjectCountMax``.
    public var projects: [ProjectID]

    /// - Precondition: at most ``Limits/changedProjectCountMax`` projects, ascending.
    public init(epoch: UInt64, last: UInt64, projects: [ProjectID]) {
        precondition(projects.count <= Limits.changedProjectCountMax, "too many projects in one CHANGED")
        self.epoch = epoch
        self.last = last
        self.projects = projects
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var epoch: UInt64?
        var last: UInt64 = 0
        var projects: [ProjectID] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: epoch = try field.word(in: payload)
            case 4: last = try field.varint(in: payload)
            case 6: projects = try field.projects(in: payload, countMax: Limits.changedProjectCountMax)
            default: try field.skipUnknown()
            }
        }
        guard let epoch else { throw WireError(.missingField, tag: 2) }
        self.init(epoch: epoch, last: last, projects: projects)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.word(2, self.epoch)
        fields.varint(4, self.last)
        if !self.projects.isEmpty { fields.list(6, self.projects.map(\.rawValue)) }
        return fields.bytes
    }
}
