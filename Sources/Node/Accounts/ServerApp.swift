import ObjectModel
import Storage

/// A program that people can let act for them through this node: one that Speckle's clients expect, or one that somebody
/// registered.
struct ServerApp: Equatable, Sendable {
    /// Where people go with a code.
    enum Redirect: Equatable, Sendable {
        case url(String)
        /// A path at the node's own address.
        case own(path: String)
    }

    var id: AppID
    var name: String
    var description: String
    var terms: String?
    var logo: String?
    var redirect: Redirect
    var isPublic: Bool
    var isTrustedByDefault: Bool
    var scopes: [Scope]
    /// `nil` for the built-in ones.
    var author: UserID?
    var secretHash: ContentHash
    var createdAt: Timestamp

    /// - Parameter origin: that the client reaches the node by.
    func redirectURL(at origin: String) -> String {
        switch self.redirect {
        case .url(let url): url
        case .own(let path): origin + path
        }
    }

    /// Where an answer goes: the app's address, with one parameter more.
    func redirectURL(at origin: String, with name: String, _ value: String) -> String {
        let url = self.redirectURL(at: origin)
        return "\(url)\(url.contains("?") ? "&" : "?")\(name)=\(value)"
    }

    static func named(_ id: AppID, _ rows: any MetadataReading) throws -> ServerApp? {
        try self.builtIn.first { $0.id == id } ?? rows.app(id).map(ServerApp.init)
    }
}

extension ServerApp {
    init(_ app: RegisteredApp) {
        let registration = app.registration
        self.init(
            id: app.id, name: registration.name, description: registration.description, terms: registration.terms,
            logo: registration.logo, redirect: .url(registration.redirectURL), isPublic: registration.isPublic,
            isTrustedByDefault: false, scopes: registration.scopes, author: app.author, secretHash: app.secretHash,
            createdAt: app.createdAt)
    }

    // MARK: Built-in ones

    /// Their secret is their id: they run on people's own machines and can keep none.
    private init(
        builtIn id: String, _ name: String, _ description: String, _ redirect: Redirect, isTrusted: Bool = true,
        _ scopes: [Scope]
    ) {
        self.init(
            id: AppID(rawValue: id), name: name, description: description, redirect: redirect, isPublic: true,
            isTrustedByDefault: isTrusted, scopes: scopes, secretHash: ContentHash(of: id),
            createdAt: Timestamp(millisecondsSinceEpoch: 0))
    }

    private static func connector(
        _ id: String, _ name: String, _ redirectURL: String, isTrusted: Bool = true, besides scopes: [Scope] = []
    ) -> ServerApp {
        ServerApp(
            builtIn: id, name, "Sends and receives models.", .url(redirectURL), isTrusted: isTrusted,
            [.streamsRead, .streamsWrite, .profileRead, .profileEmail, .usersRead, .usersInvite] + scopes)
    }

    /// The app that signing in with a password belongs to.
    static let web = ServerApp(
        builtIn: "spklwebapp", "Web application", "Signs people in on this node.", .own(path: ""), Scope.allCases)

    static let builtIn: [ServerApp] = [
        Self.web,
        Self(builtIn: "explorer", "API explorer", "Tries out the API.", .own(path: "/explorer"), Scope.allCases),
        Self.connector("sdm", "Desktop manager", "speckle://account"),
        Self.connector("sca", "Connectors", "http://localhost:29363"),
        Self.connector("sdas", "Desktop accounts", "http://localhost:29364"),
        Self.connector(
            "sdui", "Connectors' user interface", "https://dui.speckle.systems/authn/callback", isTrusted: false),
        Self.connector("connectrV3", "Connectors, third generation", "http://localhost:29355", isTrusted: false),
        Self.connector("spklexcel", "Excel", "https://speckle-excel.netlify.app"),
        Self.connector(
            "spklpwerbi", "Power BI", "https://oauth.powerbi.com/views/oauthredirect.html", besides: [.tokensWrite]),
    ]
}
