/// What a person may do on the whole server. The raw values are Speckle's.
public enum ServerRole: String, Sendable, Codable, CaseIterable {
    case admin = "server:admin"
    case user = "server:user"
    case guest = "server:guest"
    case archived = "server:archived-user"

    /// Larger may do more.
    public var weight: Int {
        switch self {
        case .admin: 1000
        case .user: 100
        case .guest: 50
        case .archived: 10
        }
    }
}

/// What a person may do in one project. The raw values are Speckle's.
public enum ProjectRole: String, Sendable, Codable, CaseIterable {
    case owner = "stream:owner"
    case contributor = "stream:contributor"
    case reviewer = "stream:reviewer"

    /// Larger may do more.
    public var weight: Int {
        switch self {
        case .owner: 1000
        case .contributor: 500
        case .reviewer: 100
        }
    }
}

/// Who may read a project without a role in it.
public enum ProjectVisibility: String, Sendable, Codable, CaseIterable {
    case `private`
    case `public`
    case workspace
}

/// What a token may be used for. The raw values are Speckle's; a token carries any subset.
public enum Scope: String, Sendable, Codable, CaseIterable {
    case streamsRead = "streams:read"
    case streamsWrite = "streams:write"
    case profileRead = "profile:read"
    case profileWrite = "profile:write"
    case profileEmail = "profile:email"
    case profileDelete = "profile:delete"
    case usersRead = "users:read"
    case usersEmail = "users:email"
    case usersInvite = "users:invite"
    case serverStats = "server:stats"
    case serverSetup = "server:setup"
    case tokensRead = "tokens:read"
    case tokensWrite = "tokens:write"
    case appsRead = "apps:read"
    case appsWrite = "apps:write"
}
