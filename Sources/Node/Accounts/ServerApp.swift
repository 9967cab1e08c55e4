import ObjectModel

/// A program that people sign in to through this node. The built-in ones are those that Speckle's clients expect.
struct ServerApp: Equatable, Sendable {
    var id: AppID
    var name: String
    var description: String
    /// Where people go after signing in; `nil` for this node's own address.
    var redirectURL: String?
    var isTrustedByDefault: Bool
    var scopes: [Scope]

    /// The built-in apps' secret is their id: they run on people's own machines and can keep none.
    var secret: String { self.id.rawValue }

    private static let connectorScopes: [Scope] = [
        .streamsRead, .streamsWrite, .profileRead, .profileEmail, .usersRead, .usersInvite,
    ]

    /// The app that signing in with a password belongs to.
    static let web = ServerApp(
        id: AppID(rawValue: "spklwebapp"), name: "Web application",
        description: "Signs people in on this node.", isTrustedByDefault: true, scopes: Scope.allCases)

    static let builtIn: [ServerApp] = [
        Self.web,
        Self(
            id: AppID(rawValue: "explorer"), name: "API explorer", description: "Tries out the API.",
            isTrustedByDefault: true, scopes: Scope.allCases),
        Self.connector("sdm", "Desktop manager", "speckle://account"),
        Self.connector("sca", "Connectors", "http://localhost:29363"),
        Self.connector("sdas", "Desktop accounts", "http://localhost:29364"),
        Self.connector("connectrV3", "Connectors, third generation", "http://localhost:29355", isTrusted: false),
        Self.connector("spklexcel", "Excel", "https://speckle-excel.netlify.app"),
        Self.connector("spklpwerbi", "Power BI", "https://oauth.powerbi.com/views/oauthredirect.html"),
    ]

    private static func connector(
        _ id: String, _ name: String, _ redirectURL: String, isTrusted: Bool = true
    ) -> ServerApp {
        ServerApp(
            id: AppID(rawValue: id), name: name, description: "Sends and receives models.",
            redirectURL: redirectURL, isTrustedByDefault: isTrusted, scopes: self.connectorScopes)
    }

    static func named(_ id: AppID) -> ServerApp? { self.builtIn.first { $0.id == id } }
}
