public import ObjectModel

/// Apps that people registered, and what is known of tokens beside what they allow.
public protocol AppReading {
    func app(_ id: AppID) throws -> RegisteredApp?
    /// Newest first.
    func apps(by author: UserID) throws -> [RegisteredApp]
    /// Those that everybody finds, newest first; at most `limit`.
    func publicApps(limit: Int) throws -> [RegisteredApp]
    /// The text of an app's secret, at the node where the app was registered.
    func secret(of app: AppID) throws -> String?
    /// In any order.
    func tokens(of app: AppID) throws -> [Token]
    /// Tokens that show a project, newest first.
    func embedTokens(of project: ProjectID, after: PageKey?, limit: Int) throws -> [Token]
    func embedTokenCount(of project: ProjectID) throws -> Int
    /// When a token was last used at this node; `nil` when that is not known.
    func lastUses(ofEach tokens: Set<TokenID>) throws -> [TokenID: Timestamp]
}

extension MetadataReading {
    /// Tokens that an app has by a grant, in any order.
    func tokens(of grant: Grant) throws -> [Token] {
        try [Token.Kind.app, .refresh].flatMap { try self.tokens(of: grant.user, kind: $0) }.filter { token in
            token.app == grant.app && (grant.family == nil || token.family == grant.family)
        }
    }
}

/// Secrets, codes and uses are of this node alone. A secret of an absent app, and a use of an absent token, are errors.
public protocol AppWriting {
    /// Inserts or replaces by id.
    func put(_ app: RegisteredApp) throws
    /// Its secret goes with it.
    func deleteApp(_ id: AppID) throws
    func put(secret: String, of app: AppID) throws
    /// - Parameter user: whose; `nil` for everybody's.
    func deleteAuthorizationCodes(of app: AppID, for user: UserID?) throws
    func deleteAuthorizationCodes(before time: Timestamp) throws
    func noteUse(of token: TokenID, at time: Timestamp) throws
}
