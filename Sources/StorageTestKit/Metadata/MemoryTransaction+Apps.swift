import ObjectModel
import Storage

extension MemoryTransaction {
    func app(_ id: AppID) throws -> RegisteredApp? { self.rows.apps[id] }

    func apps(by author: UserID) throws -> [RegisteredApp] { self.newestApps.filter { $0.author == author } }

    func publicApps(limit: Int) throws -> [RegisteredApp] {
        Array(self.newestApps.filter(\.registration.isPublic).prefix(max(0, limit)))
    }

    private var newestApps: [RegisteredApp] {
        self.rows.apps.values.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    func secret(of app: AppID) throws -> String? { self.rows.appSecrets[app] }

    func tokens(of app: AppID) throws -> [Token] { self.rows.tokens.values.filter { $0.app == app } }

    func embedTokens(of project: ProjectID, after: PageKey?, limit: Int) throws -> [Token] {
        Self.page(self.embedTokens(of: project), after, limit) { PageKey(time: $0.createdAt, id: $0.id.rawValue) }
    }

    func embedTokenCount(of project: ProjectID) throws -> Int { self.embedTokens(of: project).count }

    private func embedTokens(of project: ProjectID) -> [Token] {
        self.rows.tokens.values.filter { $0.kind == .embed && $0.projects == [project] }
    }

    func lastUses(ofEach tokens: Set<TokenID>) throws -> [TokenID: Timestamp] {
        self.rows.tokenUses.filter { tokens.contains($0.key) }
    }

    func put(_ app: RegisteredApp) throws { self.rows.apps[app.id] = app }

    func deleteApp(_ id: AppID) throws {
        self.rows.apps[id] = nil
        self.rows.appSecrets[id] = nil
    }

    func put(secret: String, of app: AppID) throws {
        try Self.require(self.rows.apps[app] != nil, "app_secrets.app")
        self.rows.appSecrets[app] = secret
    }

    func deleteAuthorizationCodes(of app: AppID, for user: UserID?) throws {
        self.rows.codes = self.rows.codes.filter { _, code in
            code.app != app || (user.map { $0 != code.user } ?? false)
        }
    }

    func deleteAuthorizationCodes(before time: Timestamp) throws {
        self.rows.codes = self.rows.codes.filter { $0.value.createdAt >= time }
    }

    func noteUse(of token: TokenID, at time: Timestamp) throws {
        try Self.require(self.rows.tokens[token] != nil, "token_uses.token")
        self.rows.tokenUses[token] = time
    }
}
