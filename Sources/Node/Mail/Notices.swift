import ObjectModel
import Storage

/// Mails that tell people what others did.
///
/// They go out where a server brings them to people; nobody is to pass them on by hand. They go to addresses that are known to be
/// somebody's, unless that person switched them off. What keeps one from being written fails no request.
struct Notices: Sendable {
    private static let recipientCountMax = 50

    private let services: NodeServices

    init(_ services: NodeServices) {
        self.services = services
    }

    /// Tells somebody who has an account that they are invited.
    func invited(_ invite: Invite, by inviter: User, to project: Project) async {
        guard case .user(let id) = invite.target else { return }
        await self.tell([id], besides: inviter.id, unless: nil) { texts, user in
            texts.projectInvitation(to: user.email, by: inviter.name, project: project.name, message: invite.message)
        }
    }

    /// Tells the owners of a project that somebody wants to come.
    func accessRequested(_ request: AccessRequest, by requester: User) async {
        guard let (project, owners) = await self.people(of: request.project, where: { $0 == .owner }) else { return }
        await self.tell(owners, besides: requester.id, unless: "newStreamAccessRequest") { texts, user in
            texts.accessRequest(to: user.email, by: requester.name, project: project.name)
        }
    }

    /// Tells whoever wanted to come that they may.
    func accessGiven(_ request: AccessRequest, by owner: User, to project: Project) async {
        await self.tell([request.requester], besides: owner.id, unless: "streamAccessRequestApproved") { texts, user in
            texts.accessGiven(to: user.email, by: owner.name, project: project.name)
        }
    }

    /// Tells the people of a project whom a new comment names.
    func mentioned(in comment: Comment, by author: User) async {
        guard self.services.configuration.sendsMails else { return }
        let named = comment.content.mentionedUsers
        guard !named.isEmpty, let (project, people) = await self.people(of: comment.project) else { return }
        await self.tell(
            named.filter(people.contains), besides: author.id, unless: "mentionedInComment"
        ) { texts, user in
            texts.mention(
                to: user.email, by: author.name, project: project.name, text: comment.content.plainText)
        }
    }

    private func people(
        of project: ProjectID, where isWanted: @Sendable (ProjectRole) -> Bool = { _ in true }
    ) async -> (Project, [UserID])? {
        guard self.services.configuration.sendsMails else { return nil }
        return try? await self.services.metadata.store.read { rows in
            guard let project = try rows.project(project) else { return nil }
            let people = try rows.collaborators(of: project.id).filter { isWanted($0.role) }
            return (project, people.map(\.user))
        }
    }

    /// - Parameter notification: what people switch it off by.
    private func tell(
        _ people: [UserID], besides actor: UserID, unless notification: String?, _ mail: (MailTexts, User) -> Mail
    ) async {
        guard self.services.configuration.sendsMails else { return }
        let people = people.filter { $0 != actor }.prefix(Self.recipientCountMax)
        let users = try? await self.services.metadata.store.read { rows in
            try people.compactMap(rows.user).filter { user in
                guard user.isVerified, user.role != .archived else { return false }
                guard let notification else { return true }
                let switches = try rows.preferences(of: user.id)
                return switches.first { $0.key == "notification/\(notification)/email" }?.isOn ?? true
            }
        }
        let texts = MailTexts(self.services.configuration)
        for user in users ?? [] { await self.services.mail.send(mail(texts, user)) }
    }
}
