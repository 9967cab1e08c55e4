public import ObjectModel

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
///
/// What it says of an address is of the one that the account was opened with (``EmailChange`` is for others).
public struct UserChange: Equatable, Sendable, Codable {
    public var id: UserID
    public var name: String?
    public var bio: String?
    public var company: String?
    public var avatar: String?
    public var role: ServerRole?
    public var isVerified: Bool?
    public var passwordHash: String?
    public var primaryEmail: EmailID?

    public init(
        id: UserID, name: String? = nil, bio: String? = nil, company: String? = nil, avatar: String? = nil,
        role: ServerRole? = nil, isVerified: Bool? = nil, passwordHash: String? = nil, primaryEmail: EmailID? = nil
    ) {
        self.id = id
        self.name = name
        self.bio = bio
        self.company = company
        self.avatar = avatar
        self.role = role
        self.isVerified = isVerified
        self.passwordHash = passwordHash
        self.primaryEmail = primaryEmail
    }
}

/// Says something of an address that somebody added.
public struct EmailChange: Equatable, Sendable, Codable {
    public var id: EmailID
    public var isVerified: Bool

    private enum CodingKeys: String, CodingKey {
        case id
        case isVerified = "verified"
    }

    public init(id: EmailID, isVerified: Bool) {
        self.id = id
        self.isVerified = isVerified
    }
}

/// Somebody marked a project as a favourite, or took the mark away.
public struct FavoriteChange: Equatable, Sendable, Codable {
    public var user: UserID
    public var project: ProjectID
    public var isFavorite: Bool

    private enum CodingKeys: String, CodingKey {
        case user, project
        case isFavorite = "favorite"
    }

    public init(user: UserID, project: ProjectID, isFavorite: Bool) {
        self.user = user
        self.project = project
        self.isFavorite = isFavorite
    }
}

/// Somebody set a switch of their own.
public struct PreferenceChange: Equatable, Sendable, Codable {
    public var user: UserID
    public var key: String
    public var isOn: Bool

    private enum CodingKeys: String, CodingKey {
        case user, key
        case isOn = "on"
    }

    public init(user: UserID, key: String, isOn: Bool) {
        self.user = user
        self.key = key
        self.isOn = isOn
    }
}

/// An app is from now on as it says, and asks people again.
public struct AppChange: Equatable, Sendable, Codable {
    public var id: AppID
    public var registration: AppRegistration

    public init(id: AppID, registration: AppRegistration) {
        self.id = id
        self.registration = registration
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

/// Fields that are `nil` stay as they are; an empty description takes it away.
public struct WebhookChange: Equatable, Sendable, Codable {
    public var id: WebhookID
    public var url: String?
    public var description: String?
    /// Ascending, each once.
    public var triggers: [String]?
    public var isEnabled: Bool?
    /// As a whole, with the one before.
    public var secret: WebhookSecret?

    private enum CodingKeys: String, CodingKey {
        case id, url, description, triggers, secret
        case isEnabled = "enabled"
    }

    public init(
        id: WebhookID, url: String? = nil, description: String? = nil, triggers: [String]? = nil,
        isEnabled: Bool? = nil, secret: WebhookSecret? = nil
    ) {
        self.id = id
        self.url = url
        self.description = description
        self.triggers = triggers
        self.isEnabled = isEnabled
        self.secret = secret
    }

    /// Says all that a webhook is.
    init(_ webhook: Webhook) {
        self.init(
            id: webhook.id, url: webhook.url, description: webhook.description ?? "", triggers: webhook.triggers,
            isEnabled: webhook.isEnabled, secret: webhook.secret)
    }
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
