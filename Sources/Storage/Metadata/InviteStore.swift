public import ObjectModel

/// Invitations to projects that nobody has answered. Their ids are unique within their project only.
public protocol InviteReading {
    func invite(_ id: InviteID, in project: ProjectID) throws -> Invite?
    /// The one whose mail had this secret, to any project.
    func invite(token: ContentHash) throws -> Invite?
    /// Newest first.
    func invites(to project: ProjectID) throws -> [Invite]
    /// Those that ask somebody (``ObjectModel/Invite/asks(_:at:)``), to any project, newest first.
    func invites(for user: UserID) throws -> [Invite]
}

/// An invitation to an absent project is an error.
public protocol InviteWriting {
    /// Inserts or replaces by id.
    func put(_ invite: Invite) throws
    func deleteInvite(_ id: InviteID, in project: ProjectID) throws
}
