import ObjectModel
import Storage

extension MemoryTransaction {
    func invite(_ id: InviteID, in project: ProjectID) throws -> Invite? {
        self.rows.invites[.init(project: project, id: id)]
    }

    private func invites(where isWanted: (Invite) -> Bool) -> [Invite] {
        self.rows.invites.values.filter(isWanted).sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
    }

    func invites(to project: ProjectID) throws -> [Invite] { self.invites { $0.project == project } }

    func invite(token: ContentHash) throws -> Invite? { self.invites { $0.tokenHash == token }.first }

    func invites(for user: UserID) throws -> [Invite] {
        let addresses = try self.verifiedAddresses(of: user)
        return self.invites { $0.asks(user, at: addresses) }
    }

    func put(_ invite: Invite) throws {
        try Self.require(self.rows.projects[invite.project] != nil, "invites.project")
        self.rows.invites[.init(project: invite.project, id: invite.id)] = invite
    }

    func deleteInvite(_ id: InviteID, in project: ProjectID) throws {
        self.rows.invites[.init(project: project, id: id)] = nil
    }
}
