public import ObjectModel

/// What operations write to, within its scope.
public enum Entity: Hashable, Sendable {
    /// The settings of the server.
    case server
    case project
    case role(UserID)
    case invite(InviteID)
    case model(ModelID)
    case version(VersionID)
    case blob(BlobID)
    case user(UserID)
    case token(TokenID)

    /// The form in which it is stored and shown.
    public var key: String {
        switch self {
        case .server: "server"
        case .project: "project"
        case .role(let user): "role/\(user)"
        case .invite(let id): "invite/\(id)"
        case .model(let id): "model/\(id)"
        case .version(let id): "version/\(id)"
        case .blob(let id): "blob/\(id)"
        case .user(let id): "user/\(id)"
        case .token(let id): "token/\(id)"
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
        case "model": self = .model(ModelID(rawValue: id))
        case "version": self = .version(VersionID(rawValue: id))
        case "blob": self = .blob(BlobID(rawValue: id))
        case "user": self = .user(UserID(rawValue: id))
        case "token": self = .token(TokenID(rawValue: id))
        default: return nil
        }
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
    case bio
    case company
    case avatar
    /// Whether a person's e-mail is known to be theirs.
    case verified
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
    /// What the write is found by besides its entity: the name of a model, the model or the author of a version, the e-mail
    /// of a person.
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
