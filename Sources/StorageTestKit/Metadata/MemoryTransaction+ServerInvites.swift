import ObjectModel
import Storage

extension MemoryTransaction {
    func serverInvite(_ id: InviteID) throws -> ServerInvite? { self.rows.serverInvites[id] }

    func serverInvite(email: String) throws -> ServerInvite? { self.newest { $0.email == email }.first }

    func serverInvite(token: ContentHash) throws -> ServerInvite? { self.newest { $0.tokenHash == token }.first }

    func serverInvites(matching search: String?, offset: Int, limit: Int) throws -> [ServerInvite] {
        Array(self.matching(search).dropFirst(max(0, offset)).prefix(max(0, limit)))
    }

    func serverInviteCount(matching search: String?) throws -> Int { self.matching(search).count }

    private func matching(_ search: String?) -> [ServerInvite] {
        let text = search?.lowercased() ?? ""
        return self.newest { text.isEmpty || $0.email.lowercased().contains(text) }
    }

    private func newest(_ isWanted: (ServerInvite) -> Bool) -> [ServerInvite] {
        self.rows.serverInvites.values.filter(isWanted).sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
    }

    func put(_ invite: ServerInvite) throws { self.rows.serverInvites[invite.id] = invite }

    func deleteServerInvite(_ id: InviteID) throws { self.rows.serverInvites[id] = nil }
}
