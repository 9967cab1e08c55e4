public import ObjectModel

/// What operations write to, within its scope.
public enum Entity: Hashable, Sendable {
    /// The settings of the server.
    case server
    case project
    case role(UserID)
    case invite(InviteID)
    /// Whose request for a role.
    case accessRequest(UserID)
    case model(ModelID)
    case version(VersionID)
    case blob(BlobID)
    case comment(CommentID)
    /// That somebody has seen a thread.
    case view(CommentID, UserID)
    case webhook(WebhookID)
    case user(UserID)
    case email(EmailID)
    case token(TokenID)
    case favorite(UserID, ProjectID)
    case preference(UserID, String)
    case app(AppID)
    case grant(Grant)

    /// The form in which it is stored and shown.
    public var key: String {
        switch self {
        case .server: "server"
        case .project: "project"
        case .role(let user): "role/\(user)"
        case .invite(let id): "invite/\(id)"
        case .accessRequest(let user): "access/\(user)"
        case .model(let id): "model/\(id)"
        case .version(let id): "version/\(id)"
        case .blob(let id): "blob/\(id)"
        case .comment(let id): "comment/\(id)"
        case .view(let comment, let user): "view/\(comment)/\(user)"
        case .webhook(let id): "webhook/\(id)"
        case .user(let id): "user/\(id)"
        case .email(let id): "email/\(id)"
        case .token(let id): "token/\(id)"
        case .favorite(let user, let project): "favorite/\(user)/\(project)"
        case .preference(let user, let key): "preference/\(user)/\(key)"
        case .app(let id): "app/\(id)"
        case .grant(let grant):
            "grant/\(grant.app)/\(grant.user)" + (grant.family.map { "/\($0)" } ?? "")
        }
    }

    public init?(key: String) {
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let id = parts.count == 2 ? String(parts[1]) : ""
        switch parts[0] {
        case "server": self = .server
        case "project": self = .project
        case "role": self = .role(UserID(rawValue: id))
        case "invite": self = .invite(InviteID(rawValue: id))
        case "access": self = .accessRequest(UserID(rawValue: id))
        case "model": self = .model(ModelID(rawValue: id))
        case "version": self = .version(VersionID(rawValue: id))
        case "blob": self = .blob(BlobID(rawValue: id))
        case "comment": self = .comment(CommentID(rawValue: id))
        case "view":
            guard let (comment, user) = Self.parts(of: id) else { return nil }
            self = .view(CommentID(rawValue: comment), UserID(rawValue: user))
        case "webhook": self = .webhook(WebhookID(rawValue: id))
        case "user": self = .user(UserID(rawValue: id))
        case "email": self = .email(EmailID(rawValue: id))
        case "token": self = .token(TokenID(rawValue: id))
        case "favorite":
            guard let (user, project) = Self.parts(of: id) else { return nil }
            self = .favorite(UserID(rawValue: user), ProjectID(rawValue: project))
        case "preference":
            guard let (user, key) = Self.parts(of: id) else { return nil }
            self = .preference(UserID(rawValue: user), key)
        case "app": self = .app(AppID(rawValue: id))
        case "grant":
            guard let grant = Grant(key: id) else { return nil }
            self = .grant(grant)
        default: return nil
        }
    }

    /// What is before the first slash, and behind it; `nil` when there is none.
    private static func parts(of text: String) -> (String, String)? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
}

extension Grant {
    fileprivate init?(key: String) {
        let parts = key.split(separator: "/").map(String.init)
        guard (2...3).contains(parts.count) else { return nil }
        self.init(
            app: AppID(rawValue: parts[0]), user: UserID(rawValue: parts[1]),
            family: parts.count == 3 ? TokenID(rawValue: parts[2]) : nil)
    }
}

/// A part of an entity that is written on its own.
public enum MergeField: String, Sendable, CaseIterable {
    /// That it exists, and what never changes.
    case created
    /// That it is deleted, or kept after all.
    case deleted
    case name
    case description
    case visibility
    case allowPublicComments
    /// The regions that may have the project.
    case regions
    /// The region where the project is written to.
    case home
    /// Each move of home, for good.
    case fence
    /// Whether edges may have the project.
    case edges
    /// How many copies there must be of the project.
    case copies
    case role
    /// That somebody may write to the project, since an operation gave the right, or may not any more.
    case granted
    case revoked
    /// Who made a version.
    case author
    /// That a version counts although its author's right was taken meanwhile.
    case accepted
    case message
    /// The model that a version belongs to.
    case model
    /// The versions of a model that no other version of it has seen.
    case head
    /// What a comment says.
    case text
    /// That a comment is settled, or not any more.
    case archived
    case viewed
    /// Where a webhook sends what it tells.
    case url
    /// Which events a webhook tells.
    case triggers
    case enabled
    case secret
    /// What an app says of itself and asks for.
    case registration
    case bio
    case company
    case avatar
    /// That somebody marked a project, or took the mark away.
    case favorite
    /// How a switch stands.
    case setting
    /// Whether an address is known to be its person's.
    case verified
    /// Whose an address is.
    case owner
    /// Which of their addresses somebody uses.
    case primaryEmail
    case password
    /// That all tokens of a person are over.
    case sessions
    case adminContact
    case termsOfService
    /// Whether accounts are opened by invitation only.
    case inviteOnly
    /// Whether people can be guests of the server.
    case guestMode
}

/// That an operation wrote a field, and that no other operation which had seen it wrote the field again.
///
/// The value stands in the operation. One live write of a field is its plain value; several were made without seeing each
/// other.
public struct LiveWrite: Hashable, Sendable {
    public var entity: Entity
    public var field: MergeField
    public var dot: Dot
    /// What the write is found by besides its entity: the name of a model, the model or the author of a version, the
    /// thread of an answer, the address of a person, the person of an address.
    public var key: String?

    public init(_ entity: Entity, _ field: MergeField, _ dot: Dot, key: String? = nil) {
        self.entity = entity
        self.field = field
        self.dot = dot
        self.key = key
    }

    /// Whether `other` is over when this write was made after seeing it: what is made anew is not deleted any more, and a
    /// right that was taken stays taken until it is given back. A home that moved has moved.
    func ends(_ other: LiveWrite) -> Bool {
        guard other.entity == self.entity else { return false }
        return switch self.field {
        case .created: other.field == .created || other.field == .deleted
        case .granted: other.field == .granted || other.field == .revoked
        case .revoked, .fence: false
        default: other.field == self.field
        }
    }
}
