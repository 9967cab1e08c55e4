public import ObjectModel

/// Asks to be listed in the roster by whoever signs it (Spec §8.28).
public struct JoinMessage: WireMessage {
    public static let type = FrameType.join
    /// Without a list of projects: what a node may read is not for it to say.
    public var node: RosterNode

    /// - Precondition: the node has no list of projects.
    public init(_ node: RosterNode) {
        precondition(node.projects == nil, "a node does not say what it may read")
        self.node = node
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var node: RosterNode?
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2:
                node = try RosterNode(decoding: payload.extracting(field.range))
                guard node?.projects == nil else { throw field.invalid }  // JOIN-1
            default: try field.skipUnknown()
            }
        }
        guard let node else { throw WireError(.missingField, tag: 2) }
        self.init(node)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.bytes(2, self.node.encoded())
        return fields.bytes
    }
}

/// The node is listed (Spec §8.29).
public struct JoinedMessage: WireMessage {
    public static let type = FrameType.joined
    /// Of the roster that lists it.
    public var version: UInt64

    public init(version: UInt64) {
        self.version = version
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var version: UInt64?
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: version = try field.varint(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let version else { throw WireError(.missingField, tag: 2) }
        self.init(version: version)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.varint(2, self.version)
        return fields.bytes
    }
}
