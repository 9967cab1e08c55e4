/// What an edge may let somebody do, for a while, without asking: a capability that its region signed (Spec §21.2).
public struct Lease: Equatable, Sendable {
    public enum Access: UInt64, Comparable, Sendable {
        case read = 1
        case write = 2

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Who holds the lease by showing a token.
    public struct Holder: Equatable, Sendable {
        public var person: UserID
        /// As others see the person; `nil` where the region does not say.
        public var name: String?
        /// SHA-256 of the token's text. The token itself is kept nowhere.
        public var tokenDigest: ContentHash
        /// What the region calls the token by.
        public var tokenID: TokenID

        public init(person: UserID, name: String?, tokenDigest: ContentHash, tokenID: TokenID) {
            self.person = person
            self.name = name
            self.tokenDigest = tokenDigest
            self.tokenID = tokenID
        }
    }

    /// The region that signed it.
    public var region: NodeID
    /// The only node that may act by it.
    public var edge: NodeID
    /// ``ProjectID/server``: it only says that the token holds.
    public var project: ProjectID
    /// `nil` is everybody, also those without a token.
    public var holder: Holder?
    public var access: Access
    /// By the region's clock. Orders the leases of one region, and nothing else.
    public var issuedAt: Timestamp
    /// How long it holds, from when the edge asked for it, by the edge's own clock.
    public var seconds: UInt64

    public init(
        region: NodeID, edge: NodeID, project: ProjectID, holder: Holder?, access: Access, issuedAt: Timestamp,
        seconds: UInt64
    ) {
        self.region = region
        self.edge = edge
        self.project = project
        self.holder = holder
        self.access = access
        self.issuedAt = issuedAt
        self.seconds = seconds
    }
}
