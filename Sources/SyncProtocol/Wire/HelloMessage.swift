public import ObjectModel

/// First frame of each side: versions, capabilities and limits (Spec §8.1).
public struct HelloMessage: WireMessage {
    public static let type = FrameType.hello
    static let magic: [UInt8] = [0x54, 0x49, 0x45, 0x42]  // "TIEB"

    /// Something beyond the baseline that a sender can do (Spec §6.3). Unknown numbers are ignored.
    public struct Capability: RawRepresentable, Hashable, Comparable, Sendable {
        public var rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
        /// Takes rosters, and sends them (Spec §8.25).
        public static let roster = Self(rawValue: 1)
    }

    /// Oldest and newest major version that the sender speaks.
    public var versions: ClosedRange<UInt8>
    public var role: NodeRole
    /// Ascending, each once.
    public var capabilities: [Capability]
    /// Largest payload that the sender of this message takes, in bytes.
    public var frameByteCountMax: Int
    /// Version of the roster that the sender holds; 0 for none (`ROSTER-3`).
    public var rosterVersion: UInt64
    /// Credit that its peer starts with on every stream, in bytes.
    public var streamCredit: Int
    /// Credit that its peer starts with on the connection, in bytes.
    public var connectionCredit: Int
    /// Streams that its peer may have open at a time.
    public var streamCountMax: Int

    public init(
        versions: ClosedRange<UInt8> = ProtocolVersion.supported, role: NodeRole = .client,
        capabilities: [Capability] = [], frameByteCountMax: Int = Limits.frameByteCountDefault,
        rosterVersion: UInt64 = 0, streamCredit: Int = Limits.streamCreditDefault,
        connectionCredit: Int = Limits.connectionCreditDefault, streamCountMax: Int = Limits.streamCountDefault
    ) {
        self.versions = versions
        self.role = role
        self.capabilities = capabilities
        self.frameByteCountMax = frameByteCountMax
        self.rosterVersion = rosterVersion
        self.streamCredit = streamCredit
        self.connectionCredit = connectionCredit
        self.streamCountMax = streamCountMax
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount <= Limits.helloByteCountMax else { throw WireError(.frameTooLarge) }
        guard payload.byteCount >= 6 else { throw WireError(.truncated) }
        for index in 0..<4 where payload.byte(index) != Self.magic[index] { throw WireError(.badMagic) }
        let (oldest, newest) = (payload.byte(4), payload.byte(5))
        guard oldest >= 1, oldest <= newest else { throw WireError(.versionUnsupported) }
        self.init(versions: oldest...newest)
        var fields = FieldReader(start: 6)
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: self.role = NodeRole(rawValue: try field.varint(in: payload))
            case 3: self.capabilities = try Self.capabilities(field, in: payload)
            case 4:
                self.frameByteCountMax = try Self.limit(
                    field, in: payload, Limits.frameByteCountDefault, Limits.frameByteCountMax)
            case 5: self.rosterVersion = try field.varint(in: payload)
            case 6: self.streamCredit = try Self.limit(field, in: payload, Limits.streamCreditDefault, Limits.creditMax)
            case 8:
                self.connectionCredit = try field.count(
                    in: payload, default: Limits.connectionCreditDefault, max: Limits.creditMax)
                guard self.connectionCredit >= Limits.connectionCreditMin else { throw field.invalid }
            case 10:
                self.streamCountMax = try field.count(
                    in: payload, default: Limits.streamCountDefault, max: Limits.streamCountMax)
                guard self.streamCountMax >= 1 else { throw field.invalid }
            default: try field.skipUnknown()
            }
        }
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter(bytes: Self.magic + [self.versions.lowerBound, self.versions.upperBound])
        fields.varint(2, self.role.rawValue)
        var numbers: [UInt8] = []
        for capability in self.capabilities { Varint.encode(capability.rawValue, into: &numbers) }
        fields.bytes(3, numbers)
        fields.count(4, self.frameByteCountMax, default: Limits.frameByteCountDefault)
        fields.varint(5, self.rosterVersion)
        fields.count(6, self.streamCredit, default: Limits.streamCreditDefault)
        fields.count(8, self.connectionCredit, default: Limits.connectionCreditDefault)
        fields.count(10, self.streamCountMax, default: Limits.streamCountDefault)
        return fields.bytes
    }

    /// A limit whose default is also the least that may be announced.
    private static func limit(_ field: Field, in payload: RawSpan, _ least: Int, _ most: Int) throws(WireError) -> Int {
        let value = try field.count(in: payload, default: least, max: most)
        guard value > least else { throw field.invalid }
        return value
    }

    private static func capabilities(_ field: Field, in payload: RawSpan) throws(WireError) -> [Capability] {
        guard !field.range.isEmpty else { throw WireError(.defaultField, tag: field.tag) }
        var capabilities: [Capability] = []
        var offset = field.range.lowerBound
        while offset < field.range.upperBound {
            guard capabilities.count < Limits.capabilityCountMax,
                let number = try Varint.read(payload, at: &offset, end: field.range.upperBound)
            else { throw field.invalid }
            let capability = Capability(rawValue: number)
            if let last = capabilities.last, last >= capability { throw WireError(.orderViolated, tag: field.tag) }
            capabilities.append(capability)
        }
        return capabilities
    }
}

/// Major versions of the protocol (Spec §6.1).
public enum ProtocolVersion {
    /// What this implementation speaks.
    public static let supported: ClosedRange<UInt8> = 1...1

    /// The newest version that both sides speak, or `nil` (`VER-1`).
    public static func common(_ left: ClosedRange<UInt8>, _ right: ClosedRange<UInt8>) -> UInt8? {
        left.overlaps(right) ? min(left.upperBound, right.upperBound) : nil
    }
}
