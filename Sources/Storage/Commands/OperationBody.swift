public import ObjectModel

/// What one operation does, with every fact fixed: applying it needs no clock, no randomness and no decision.
///
/// On the wire and in logs: JSON `{"kind": …, "value": …}` with sorted keys.
public enum OperationBody: Equatable, Sendable {
    case serverChanged(ServerChange)
    case userRegistered(User)
    case userChanged(UserChange)
    case userDeleted(UserID)
    /// All tokens that were made without knowing of this are over.
    case sessionsEnded(UserID)
    case serverInviteCreated(ServerInvite)
    /// It was answered, or taken back.
    case serverInviteDeleted(InviteID)
    case tokenCreated(Token)
    case tokenRevoked(TokenID)

    case projectCreated(Project)
    case projectChanged(ProjectChange)
    case projectDeleted(ProjectID)
    case roleChanged(RoleChange)
    case policyChanged(PolicyChange)

    case inviteCreated(Invite)
    /// It was answered, or taken back.
    case inviteDeleted(InviteID)

    case modelCreated(Model)
    case modelChanged(ModelChange)
    case modelDeleted(ModelID)
    /// Somebody who knew that it was deleted decided that it stays.
    case modelKept(ModelID)

    case versionCreated(Version)
    case versionChanged(VersionChange)
    case versionDeleted(VersionID)
    /// Somebody decided that it counts, although its author's right was taken at the same time.
    case versionAccepted(VersionID)
    case versionReceived(VersionReceipt)

    case blobCreated(Blob)
    case blobDeleted(BlobID)
}

/// Fields that are `nil` stay as they are; an empty text takes one away.
public struct ServerChange: Equatable, Sendable, Codable {
    public var name: String?
    public var company: String?
    public var description: String?
    public var adminContact: String?
    public var termsOfService: String?
    public var inviteOnly: Bool?
    public var guestMode: Bool?

    public init(
        name: String? = nil, company: String? = nil, description: String? = nil, adminContact: String? = nil,
        termsOfService: String? = nil, inviteOnly: Bool? = nil, guestMode: Bool? = nil
    ) {
        self.name = name
        self.company = company
        self.description = description
        self.adminContact = adminContact
        self.termsOfService = termsOfService
        self.inviteOnly = inviteOnly
        self.guestMode = guestMode
    }
}

/// Fields that are `nil` stay as they are.
public struct UserChange: Equatable, Sendable, Codable {
    public var id: UserID
    public var name: String?
    public var bio: String?
    public var company: String?
    public var avatar: String?
    public var role: ServerRole?
    public var isVerified: Bool?
    public var passwordHash: String?

    public init(
        id: UserID, name: String? = nil, bio: String? = nil, company: String? = nil, avatar: String? = nil,
        role: ServerRole? = nil, isVerified: Bool? = nil, passwordHash: String? = nil
    ) {
        self.id = id
        self.name = name
        self.bio = bio
        self.company = company
        self.avatar = avatar
        self.role = role
        self.isVerified = isVerified
        self.passwordHash = passwordHash
    }
}

/// Fields that are `nil` stay as they are.
public struct ProjectChange: Equatable, Sendable, Codable {
    public var name: String?
    public var description: String?
    public var visibility: ProjectVisibility?
    public var allowPublicComments: Bool?

    public init(
        name: String? = nil, description: String? = nil, visibility: ProjectVisibility? = nil,
        allowPublicComments: Bool? = nil
    ) {
        self.name = name
        self.description = description
        self.visibility = visibility
        self.allowPublicComments = allowPublicComments
    }
}

public struct RoleChange: Equatable, Sendable, Codable {
    public var user: UserID
    /// `nil` removes the role.
    public var role: ProjectRole?

    public init(user: UserID, role: ProjectRole?) {
        self.user = user
        self.role = role
    }
}

/// Fields that are `nil` stay as they are.
public struct PolicyChange: Equatable, Sendable, Codable {
    public var regions: AllowedRegions?
    public var home: ProjectHome?
    public var allowsEdges: Bool?
    public var minimumCopies: Int?

    private enum CodingKeys: String, CodingKey {
        case regions, home
        case allowsEdges = "edges"
        case minimumCopies = "copies"
    }

    public init(
        regions: AllowedRegions? = nil, home: ProjectHome? = nil, allowsEdges: Bool? = nil, minimumCopies: Int? = nil
    ) {
        self.regions = regions
        self.home = home
        self.allowsEdges = allowsEdges
        self.minimumCopies = minimumCopies
    }
}

/// Fields that are `nil` stay as they are.
public struct ModelChange: Equatable, Sendable, Codable {
    public var id: ModelID
    public var name: String?
    public var description: String?
}

/// Fields that are `nil` stay as they are.
public struct VersionChange: Equatable, Sendable, Codable {
    public var id: VersionID
    public var message: String?
    public var model: ModelID?
    /// Where the version stood for whoever changed it.
    public var from: ModelID?
}

/// Somebody received a version. Kept in the log for activity; changes no row.
public struct VersionReceipt: Equatable, Sendable, Codable {
    public var version: VersionID
    public var sourceApplication: String
    public var message: String?
}

extension OperationBody {
    /// Whether objects, or a file's bytes, must be there before it.
    public var leadsToContent: Bool {
        switch self {
        case .versionCreated, .blobCreated: true
        default: false
        }
    }
}

extension OperationBody: Codable {
    private enum CodingKeys: String, CodingKey { case kind, value }

    private enum Kind: String, Codable {
        case serverChanged = "server.changed"
        case userRegistered = "user.registered"
        case userChanged = "user.changed"
        case userDeleted = "user.deleted"
        case sessionsEnded = "sessions.ended"
        case serverInviteCreated = "serverInvite.created"
        case serverInviteDeleted = "serverInvite.deleted"
        case tokenCreated = "token.created"
        case tokenRevoked = "token.revoked"
        case projectCreated = "project.created"
        case projectChanged = "project.changed"
        case projectDeleted = "project.deleted"
        case roleChanged = "role.changed"
        case policyChanged = "policy.changed"
        case inviteCreated = "invite.created"
        case inviteDeleted = "invite.deleted"
        case modelCreated = "model.created"
        case modelChanged = "model.changed"
        case modelDeleted = "model.deleted"
        case modelKept = "model.kept"
        case versionCreated = "version.created"
        case versionChanged = "version.changed"
        case versionDeleted = "version.deleted"
        case versionAccepted = "version.accepted"
        case versionReceived = "version.received"
        case blobCreated = "blob.created"
        case blobDeleted = "blob.deleted"
    }

    private var parts: (kind: Kind, value: any Encodable) {
        switch self {
        case .serverChanged(let value): (.serverChanged, value)
        case .userRegistered(let value): (.userRegistered, value)
        case .userChanged(let value): (.userChanged, value)
        case .userDeleted(let value): (.userDeleted, value)
        case .sessionsEnded(let value): (.sessionsEnded, value)
        case .serverInviteCreated(let value): (.serverInviteCreated, value)
        case .serverInviteDeleted(let value): (.serverInviteDeleted, value)
        case .tokenCreated(let value): (.tokenCreated, value)
        case .tokenRevoked(let value): (.tokenRevoked, value)
        case .projectCreated(let value): (.projectCreated, value)
        case .projectChanged(let value): (.projectChanged, value)
        case .projectDeleted(let value): (.projectDeleted, value)
        case .roleChanged(let value): (.roleChanged, value)
        case .policyChanged(let value): (.policyChanged, value)
        case .inviteCreated(let value): (.inviteCreated, value)
        case .inviteDeleted(let value): (.inviteDeleted, value)
        case .modelCreated(let value): (.modelCreated, value)
        case .modelChanged(let value): (.modelChanged, value)
        case .modelDeleted(let value): (.modelDeleted, value)
        case .modelKept(let value): (.modelKept, value)
        case .versionCreated(let value): (.versionCreated, value)
        case .versionChanged(let value): (.versionChanged, value)
        case .versionDeleted(let value): (.versionDeleted, value)
        case .versionAccepted(let value): (.versionAccepted, value)
        case .versionReceived(let value): (.versionReceived, value)
        case .blobCreated(let value): (.blobCreated, value)
        case .blobDeleted(let value): (.blobDeleted, value)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let (kind, value) = self.parts
        try container.encode(kind, forKey: .kind)
        try container.encode(value, forKey: .value)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try container.decode(Value.self, forKey: .value)
        }
        self =
            switch try container.decode(Kind.self, forKey: .kind) {
            case .serverChanged: .serverChanged(try value())
            case .userRegistered: .userRegistered(try value())
            case .userChanged: .userChanged(try value())
            case .userDeleted: .userDeleted(try value())
            case .sessionsEnded: .sessionsEnded(try value())
            case .serverInviteCreated: .serverInviteCreated(try value())
            case .serverInviteDeleted: .serverInviteDeleted(try value())
            case .tokenCreated: .tokenCreated(try value())
            case .tokenRevoked: .tokenRevoked(try value())
            case .projectCreated: .projectCreated(try value())
            case .projectChanged: .projectChanged(try value())
            case .projectDeleted: .projectDeleted(try value())
            case .roleChanged: .roleChanged(try value())
            case .policyChanged: .policyChanged(try value())
            case .inviteCreated: .inviteCreated(try value())
            case .inviteDeleted: .inviteDeleted(try value())
            case .modelCreated: .modelCreated(try value())
            case .modelChanged: .modelChanged(try value())
            case .modelDeleted: .modelDeleted(try value())
            case .modelKept: .modelKept(try value())
            case .versionCreated: .versionCreated(try value())
            case .versionChanged: .versionChanged(try value())
            case .versionDeleted: .versionDeleted(try value())
            case .versionAccepted: .versionAccepted(try value())
            case .versionReceived: .versionReceived(try value())
            case .blobCreated: .blobCreated(try value())
            case .blobDeleted: .blobDeleted(try value())
            }
    }
}
