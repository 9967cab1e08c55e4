public import ObjectModel

/// Invitations to the server that nobody has answered.
public protocol ServerInviteReading {
    func serverInvite(_ id: InviteID) throws -> ServerInvite?
    /// The newest one.
    func serverInvite(email: String) throws -> ServerInvite?
    func serverInvite(token: ContentHash) throws -> ServerInvite?
    /// Whose e-mail contains `search` (without regard to case), newest first, then by id.
    func serverInvites(matching search: String?, offset: Int, limit: Int) throws -> [ServerInvite]
    func serverInviteCount(matching search: String?) throws -> Int
}

public protocol ServerInviteWriting {
    /// Inserts or replaces by id.
    func put(_ invite: ServerInvite) throws
    func deleteServerInvite(_ id: InviteID) throws
}
