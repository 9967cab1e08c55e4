public import ObjectModel

/// Registers an app. Its secret is kept as a hash; the text stays at this node, for its author to read.
public struct RegisterApp: Command {
    public var registration: AppRegistration
    public var secret: String

    public init(_ registration: AppRegistration, secret: String) {
        self.registration = registration
        self.secret = secret
    }

    public func execute(in context: CommandContext) throws -> RegisteredApp {
        guard let author = context.actor, try context.rows.user(author) != nil else {
            throw DomainError(.unauthorized, "Your auth session is not valid")
        }
        try self.registration.requireValid()
        guard try context.rows.apps(by: author).count < AppRegistration.countMax else {
            throw DomainError(.appCreate, "Nobody registers more than \(AppRegistration.countMax) apps.")
        }
        let app = RegisteredApp(
            id: try context.freshID { try context.rows.app($0) != nil }, author: author,
            secretHash: ContentHash(of: self.secret), registration: self.registration, createdAt: context.now)
        try context.record(.appRegistered(app), in: .server)
        try context.rows.put(secret: self.secret, of: app.id)
        return app
    }
}

/// Changes what an app says and asks for. Whoever agreed to it before is asked again.
public struct UpdateApp: Command {
    public var id: AppID
    public var registration: AppRegistration

    public init(_ id: AppID, _ registration: AppRegistration) {
        self.id = id
        self.registration = registration
    }

    public func execute(in context: CommandContext) throws {
        _ = try context.existingApp(self.id)
        try self.registration.requireValid()
        try context.record(.appChanged(AppChange(id: self.id, registration: self.registration)), in: .server)
    }
}

/// Removes an app, with all that people allowed it.
public struct DeleteApp: Command {
    public var id: AppID

    public init(_ id: AppID) {
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        _ = try context.existingApp(self.id)
        try context.record(.appDeleted(self.id), in: .server)
    }
}

/// Ends all that somebody allowed an app, also what they allow it elsewhere at the same time.
public struct RevokeApp: Command {
    public var app: AppID
    public var user: UserID

    public init(_ app: AppID, of user: UserID) {
        self.app = app
        self.user = user
    }

    public func execute(in context: CommandContext) throws {
        let grant = Grant(app: self.app, user: self.user)
        guard try !context.rows.tokens(of: grant).isEmpty else {
            return try context.rows.deleteAuthorizationCodes(of: self.app, for: self.user)
        }
        try context.record(.grantRevoked(grant), in: .server)
    }
}

extension CommandContext {
    fileprivate func existingApp(_ id: AppID) throws -> RegisteredApp {
        guard let app = try self.rows.app(id) else { throw DomainError(.appNotFound, "App not found") }
        return app
    }
}

extension AppRegistration {
    /// Apps of one person.
    static let countMax = 200
    private static let nameByteCountMax = 256
    private static let textByteCountMax = 4096
    private static let logoByteCountMax = 256 << 10
    private static let addressByteCountMax = 2048
    /// What browsers run or show themselves: nobody may be sent there with a code.
    private static let refusedSchemes: Set<String> = [
        "javascript", "data", "vbscript", "blob", "file", "about", "view-source",
    ]

    /// - Throws: ``DomainError/Code/appCreate``.
    func requireValid() throws {
        guard (1...Self.nameByteCountMax).contains(self.name.utf8.count) else {
            throw DomainError(.appCreate, "A name of 1 to \(Self.nameByteCountMax) characters is required.")
        }
        guard self.description.utf8.count <= Self.textByteCountMax else {
            throw DomainError(.appCreate, "A description has at most \(Self.textByteCountMax) characters.")
        }
        if let terms = self.terms, !terms.isEmpty, !Self.isPage(terms) {
            throw DomainError(.appCreate, "The terms are an address that begins with https:// or http://.")
        }
        guard self.logo?.utf8.count ?? 0 <= Self.logoByteCountMax else {
            throw DomainError(.appCreate, "A logo has at most \(Self.logoByteCountMax) bytes.")
        }
        guard Self.isAddress(self.redirectURL) else {
            throw DomainError(.appCreate, "The redirect is not an address that people may be sent to.")
        }
        guard !self.scopes.isEmpty, Set(self.scopes).count == self.scopes.count else {
            throw DomainError(.appCreate, "An app asks for at least one scope, and for each once.")
        }
    }

    /// An absolute address without a fragment, which can stand in a header.
    private static func isAddress(_ text: String) -> Bool {
        guard (1...self.addressByteCountMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }),
            let colon = text.firstIndex(of: ":")
        else { return false }
        let (scheme, rest) = (text[..<colon].lowercased(), text[text.index(after: colon)...])
        guard let first = scheme.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
            scheme.allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) }),
            !self.refusedSchemes.contains(scheme)
        else { return false }
        guard scheme == "http" || scheme == "https" else { return !rest.isEmpty }
        let host = rest.dropFirst(2).prefix { !"/?".contains($0) }
        return rest.hasPrefix("//") && !host.isEmpty && !host.contains("@") && !host.contains("\\")
    }

    private static func isPage(_ text: String) -> Bool {
        self.isAddress(text) && (text.lowercased().hasPrefix("https:") || text.lowercased().hasPrefix("http:"))
    }
}
