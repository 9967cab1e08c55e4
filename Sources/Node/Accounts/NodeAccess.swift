public import ObjectModel
public import Storage

/// Recognises the API's tokens for other ways into the node.
public struct NodeAccess: Sendable {
    private let tokens: TokenIssuer

    public init(
        metadata: MetadataService, uses: TokenUses, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.tokens = TokenIssuer(metadata: metadata, uses: uses, clock: clock)
    }

    /// Who a token stands for; `nil` when it is unknown, expired, or its person may not sign in any more.
    public func principal(of token: String) async throws -> Principal? { try await self.tokens.principal(of: token) }

    /// Who a token stands for that a lease was given for.
    public func principal(of holder: Lease.Holder) async throws -> Principal? {
        guard let found = try await self.tokens.principal(of: holder.tokenID), found.user.id == holder.person else {
            return nil
        }
        return found
    }

    /// As ``principal(of:)``, for whoever showed the token before: what holds now.
    public func current(_ principal: Principal) async throws -> Principal? {
        try await self.tokens.principal(of: principal.token.id)
    }
}
