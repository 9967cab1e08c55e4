package import ObjectModel
package import Storage

/// Commands drawn from a seed, on whatever the store has. The rules refuse some of them.
///
/// Names, e-mails and ids are few, so that those who do not know of each other often mean the same.
package struct RandomWork: Sendable {
    /// What commands may make versions of; some are not complete.
    package typealias Roots = @Sendable (ProjectID, inout SeededRandom) -> ObjectID

    package let store: any MetadataStore
    package let service: MetadataService
    package private(set) var performed = 0
    /// How many commands were refused, by the reason.
    package private(set) var refusals: [DomainError.Code: Int] = [:]
    private let projectCountMax: Int
    private let roots: Roots

    /// - Parameter projectCountMax: projects after which no more are opened.
    package init(
        store: any MetadataStore, service: MetadataService, projectCountMax: Int = 12, roots: @escaping Roots = Self.any
    ) {
        self.store = store
        self.service = service
        self.projectCountMax = projectCountMax
        self.roots = roots
    }

    /// Four of five of these are complete where ``completeRoots`` are.
    package static let any: Roots = { Fixture.object(UInt64.random(in: 0..<500, using: &$1)) }
    package static let completeRoots = Set((0..<500).filter { $0 % 5 != 0 }.map { Fixture.object(UInt64($0)) })

    /// The projects that a store ever had, by id.
    package static func projects(of store: any MetadataStore) async throws -> [ProjectID] {
        try await store.read { try $0.scopes() }.filter { $0 != .server }.map(\.name).sorted()
    }

    /// Performs one command, or has it refused.
    package mutating func step(using random: inout SeededRandom) async throws {
        try await self.attempt { try await $0.perform(using: &random) }
    }

    mutating func attempt(_ body: (Self) async throws -> Void) async throws {
        do {
            try await body(self)
            self.performed += 1
        } catch let error as DomainError {
            self.refusals[error.code, default: 0] += 1
        }
    }

    @discardableResult
    func run<C: Command>(_ command: C, by actor: UserID? = nil) async throws -> C.Result {
        try await self.service.perform(command, actor: actor)
    }

    private func users() async throws -> [UserID] {
        try await self.store.read { try $0.users(matching: "", emailOnly: false, limit: 99) }.map(\.id).sorted()
    }

    private func perform(using random: inout SeededRandom) async throws {
        let users = try await self.users()
        let projects = try await self.store.read { try $0.allProjects() }.sorted()
        guard let user = users.randomElement(using: &random) else { return try await self.register(using: &random) }
        guard let project = projects.randomElement(using: &random) else {
            return try await self.open(by: user, using: &random)
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<3: try await self.register(using: &random)
        case 3..<8: try await self.open(by: user, using: &random)
        case 8..<15: try await self.changeAccount(of: user, using: &random)
        case 15: try await self.administer(user, using: &random)
        case 16..<19, 66..<70: try await self.changeEmails(of: users, using: &random)
        case 19..<27: try await self.change(project, with: users, by: user, using: &random)
        case 27..<29: try await self.changeInvites(to: project, with: users, by: user, using: &random)
        case 29..<31: try await self.changeAccessRequests(to: project, by: user, using: &random)
        case 31..<34: try await self.changeFiles(of: project, by: user, using: &random)
        case 34..<37: try await self.changeWebhooks(of: project, by: user, using: &random)
        case 37..<46: try await self.changeComments(of: project, by: user, using: &random)
        case 46..<66: try await self.changeModels(of: project, by: user, using: &random)
        default: try await self.changeVersions(of: project, by: user, using: &random)
        }
    }

    func text(using random: inout SeededRandom) -> String { "text \(Int.random(in: 0..<50, using: &random))" }

    // MARK: People

    /// Somebody gets a token, or is refused one.
    package mutating func signIn(_ user: UserID, _ number: Int) async throws {
        var token = Fixture.token(number, of: 1)
        token.owner = user
        let command = CreateToken(token)
        try await self.attempt { try await $0.run(command) }
    }

    private func register(using random: inout SeededRandom) async throws {
        let number = Int.random(in: 0..<12, using: &random)
        let email = "p\(number)@example.org"
        let isInvited = try await self.store.read { try $0.serverInvite(email: email) } != nil
        let token = isInvited ? ContentHash(of: "\(number)") : nil
        try await self.run(
            RegisterUser(
                name: "Person", email: "P\(number)@Example.org", company: nil, passwordHash: nil,
                inviteToken: token))
    }

    private func changeAccount(of user: UserID, using random: inout SeededRandom) async throws {
        switch Int.random(in: 0..<6, using: &random) {
        case 4:
            let projects = try await self.store.read { try $0.allProjects() }.sorted()
            let command = SetFavorite(
                project: projects.randomElement(using: &random) ?? Fixture.id(0),
                isFavorite: Int.random(in: 0..<3, using: &random) > 0)
            try await self.run(command, by: user)
        case 5:
            let key = "flag/\(Int.random(in: 0..<3, using: &random))"
            try await self.run(SetPreferences([key: Bool.random(using: &random)]), by: user)
        case 0:
            let role = ServerRole.allCases.randomElement(using: &random)
            try await self.run(UpdateUser(UserChange(id: user, bio: self.text(using: &random), role: role)))
        case 1:
            var token = Fixture.token(Int.random(in: 1...20, using: &random), of: 1)
            (token.owner, token.kind) = (user, [.personal, .app].randomElement(using: &random) ?? .app)
            if token.kind == .app {
                token.app = try await self.apps().randomElement(using: &random)?.id ?? token.app
                token.family = Fixture.id(Int.random(in: 1...3, using: &random))
            }
            try await self.run(CreateToken(token))
        case 2: try await self.changeApps(of: user, using: &random)
        default:
            try await self.run(RevokeToken(Fixture.id(Int.random(in: 1...20, using: &random)), owner: nil))
        }
    }

    private func apps() async throws -> [RegisteredApp] {
        try await self.store.read { rows in
            try rows.users(matching: "", emailOnly: false, limit: 99).flatMap { try rows.apps(by: $0.id) }
        }.sorted { $0.id < $1.id }
    }

    private func changeApps(of user: UserID, using random: inout SeededRandom) async throws {
        let app = try await self.apps().randomElement(using: &random)
        let registration = Fixture.registration(self.text(using: &random))
        switch (Int.random(in: 0..<8, using: &random), app) {
        case (0, let app?): try await self.run(DeleteApp(app.id))
        case (1..<4, let app?): try await self.run(UpdateApp(app.id, registration))
        case (4..<6, let app?): try await self.run(RevokeApp(app.id, of: user))
        case (6, let app?): try await self.run(EndSignIn(app: app.id, user: user))
        default: try await self.run(RegisterApp(registration, secret: "secret"), by: user)
        }
    }

    private func administer(_ user: UserID, using random: inout SeededRandom) async throws {
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            guard let email = try await self.store.read({ try $0.user(user) })?.email else { return }
            try await self.run(DeleteUser(user, email: email))
        case 1:
            let role = ServerRole.allCases.randomElement(using: &random) ?? .user
            try await self.run(ChangeServerRole(user, to: role))
        case 2: try await self.run(EndSessions(user: user))
        case 3:
            let change = UserChange(
                id: user, isVerified: Bool.random(using: &random), passwordHash: self.text(using: &random))
            try await self.run(UpdateUser(change))
        case 4, 5: try await self.inviteToServer(by: user, using: &random)
        case 6:
            let invites = try await self.store.read { try $0.serverInvites(matching: nil, offset: 0, limit: 99) }
            guard let invite = invites.randomElement(using: &random) else { return }
            try await self.run(CancelServerInvite(invite.id))
        default:
            let change = ServerChange(
                name: Bool.random(using: &random) ? self.text(using: &random) : nil,
                company: Bool.random(using: &random) ? self.text(using: &random) : nil,
                description: ["", self.text(using: &random)].randomElement(using: &random),
                inviteOnly: [true, false, false, nil].randomElement(using: &random) ?? nil,
                guestMode: [true, false, nil].randomElement(using: &random) ?? nil)
            try await self.run(UpdateServer(change))
        }
    }

    private func inviteToServer(by user: UserID, using random: inout SeededRandom) async throws {
        let number = Int.random(in: 0..<12, using: &random)
        let role = [ServerRole.user, .admin].randomElement(using: &random) ?? .user
        try await self.run(
            InviteToServer(
                email: "p\(number)@example.org", role: role, message: nil, tokenHash: ContentHash(of: "\(number)")),
            by: user)
    }

    // MARK: Projects

    private func open(by user: UserID, using random: inout SeededRandom) async throws {
        guard try await self.store.read({ try $0.scopes() }).count <= self.projectCountMax else { return }
        let visibility = ProjectVisibility.allCases.randomElement(using: &random)
        let command = CreateProject(name: self.text(using: &random), description: nil, visibility: visibility)
        try await self.run(command, by: user)
    }

    private func change(
        _ project: ProjectID, with users: [UserID], by actor: UserID, using random: inout SeededRandom
    ) async throws {
        switch Int.random(in: 0..<60, using: &random) {
        case 0: try await self.run(DeleteProject(project))
        case 1..<36:
            let change = ProjectChange(
                name: Bool.random(using: &random) ? self.text(using: &random) : nil,
                description: Bool.random(using: &random) ? self.text(using: &random) : nil,
                visibility: ProjectVisibility.allCases.randomElement(using: &random),
                allowPublicComments: Bool.random(using: &random))
            try await self.run(UpdateProject(project, change))
        default:
            let roles: [ProjectRole?] = [.owner, .contributor, .reviewer, nil]
            let change = RoleChange(
                user: users.randomElement(using: &random) ?? actor, role: roles.randomElement(using: &random) ?? nil)
            try await self.run(RecordRole(project: project, change: change), by: actor)
        }
    }

    private func changeInvites(
        to project: ProjectID, with users: [UserID], by actor: UserID, using random: inout SeededRandom
    ) async throws {
        let invite = try await self.store.read { try $0.invites(to: project) }.randomElement(using: &random)
        switch (Int.random(in: 0..<4, using: &random), invite) {
        case (0, let invite?): try await self.run(CancelInvite(project: project, id: invite.id))
        case (1, let invite?):
            let isAccepted = Bool.random(using: &random)
            let asked = try await self.store.read { try invite.user($0) }?.id
            try await self.run(
                AnswerInvite(project: project, id: invite.id, isAccepted: isAccepted), by: asked ?? actor)
        default:
            let number = Int.random(in: 0..<12, using: &random)
            let target = [
                Invite.Target.email("p\(number)@example.org"), .user(users.randomElement(using: &random) ?? actor),
            ].randomElement(using: &random)
            let role = [ProjectRole.owner, .contributor, .reviewer].randomElement(using: &random)
            try await self.run(
                InviteToProject(project: project, target: target ?? .user(actor), role: role ?? .reviewer), by: actor)
        }
    }

    private func changeFiles(of project: ProjectID, by user: UserID, using random: inout SeededRandom) async throws {
        let id: BlobID = Fixture.id(Int.random(in: 1...6, using: &random))
        if Bool.random(using: &random) {
            try await self.run(DeleteBlob(project: project, id: id))
        } else {
            let content = Fixture.content(Int.random(in: 0..<20, using: &random))
            try await self.run(
                AddBlob(project: project, fileName: self.text(using: &random), content: content, id: id), by: user)
        }
    }

    // MARK: Models and versions

    private func models(of project: ProjectID) async throws -> [Model] {
        try await self.store.read { rows in
            try rows.models(in: project, filter: .init(), after: nil, limit: 99).sorted { $0.id < $1.id }
        }
    }

    private func changeModels(of project: ProjectID, by user: UserID, using random: inout SeededRandom) async throws {
        let model = try await self.models(of: project).randomElement(using: &random)?.id ?? Fixture.id(0)
        let suffix = ["", " (2)", " (3)"].randomElement(using: &random) ?? ""
        let name = "model \(Int.random(in: 0..<5, using: &random))\(suffix)"
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<3: try await self.run(CreateModel(project: project, name: name, description: nil), by: user)
        case 3, 4:
            let text = Bool.random(using: &random) ? self.text(using: &random) : nil
            try await self.run(UpdateModel(project: project, id: model, name: name, description: text), by: user)
        case 5: try await self.run(KeepModel(project: project, id: model), by: user)
        default: try await self.run(DeleteModel(project: project, id: model), by: user)
        }
    }

    private func changeVersions(of project: ProjectID, by user: UserID, using random: inout SeededRandom) async throws {
        let models = try await self.models(of: project)
        let versions = try await self.store.read { try $0.allVersions(in: project).map(\.id) }.sorted()
        let version = versions.randomElement(using: &random) ?? Fixture.id(0)
        let model = models.randomElement(using: &random)
        switch Int.random(in: 0..<11, using: &random) {
        case 0 where Bool.random(using: &random):
            let files = Fixture.bundle((0..<2).map { _ in Int.random(in: 0..<20, using: &random) })
            try await self.run(
                CreateBundle(project: project, model: model?.id ?? Fixture.id(0), root: files, parents: [version]),
                by: user)
        case 0..<5:
            let command = CreateVersion(
                project: project, model: model?.id ?? Fixture.id(0), root: .object(self.roots(project, &random)),
                message: self.text(using: &random), sourceApplication: "app", parents: [version])
            try await self.run(command, by: user)
        case 5:
            let message = Bool.random(using: &random) ? self.text(using: &random) : nil
            try await self.run(UpdateVersion(project: project, id: version, message: message), by: user)
        case 6, 7:
            let name = Bool.random(using: &random) ? model?.name : "moved \(Int.random(in: 0..<3, using: &random))"
            let ids = [version] + versions.prefix(1)
            try await self.run(MoveVersions(project: project, ids: ids, targetModelName: name ?? "new"), by: user)
        case 8: try await self.run(DeleteVersions(project: project, ids: [version]), by: user)
        case 9:
            try await self.decide(in: project, by: user, using: &random)
            try await self.run(PickVersion(project: project, id: version), by: user)
        default:
            try await self.run(
                MarkVersionReceived(project: project, id: version, sourceApplication: "app", message: nil), by: user)
        }
    }
}

extension RandomWork {
    private func changeAccessRequests(
        to project: ProjectID, by user: UserID, using random: inout SeededRandom
    ) async throws {
        let request = try await self.store.read { try $0.accessRequests(to: project) }.randomElement(using: &random)
        guard let request, Bool.random(using: &random) else {
            try await self.run(RequestAccess(project: project), by: user)
            return
        }
        let roles: [ProjectRole?] = [.contributor, .reviewer, nil]
        try await self.run(
            AnswerAccessRequest(request, role: roles.randomElement(using: &random) ?? nil), by: user)
    }

    /// Accepts or deletes a version that was set aside.
    private func decide(in project: ProjectID, by user: UserID, using random: inout SeededRandom) async throws {
        let waiting = try await self.store.read { try $0.conflicts(in: .project(project)) }.compactMap { conflict in
            if conflict.kind == .quarantined, case .version(let id) = conflict.entity { id } else { nil }
        }
        let id = waiting.sorted().randomElement(using: &random) ?? Fixture.id(0)
        try await self.run(
            DecideVersion(project: project, id: id, isAccepted: Bool.random(using: &random)), by: user)
    }
}

/// Makes a version of files that came in just now.
private struct CreateBundle: Command {
    var project: ProjectID
    var model: ModelID
    var root: VersionRoot
    var parents: [VersionID]

    func execute(in context: CommandContext) throws {
        for file in self.root.files { try context.rows.noteContent(file.content, in: self.project) }
        _ = try CreateVersion(project: self.project, model: self.model, root: self.root, parents: self.parents)
            .execute(in: context)
    }
}

/// Ends one of three sign-ins to an app, as a refresh token does that is shown again.
private struct EndSignIn: Command {
    var app: AppID
    var user: UserID

    func execute(in context: CommandContext) throws {
        let grant = Grant(app: self.app, user: self.user, family: Fixture.id(1))
        try context.record(.grantRevoked(grant), in: .server)
    }
}

/// Ends everything that somebody is signed in with, without a mail.
private struct EndSessions: Command {
    var user: UserID

    func execute(in context: CommandContext) throws { try context.record(.sessionsEnded(self.user), in: .server) }
}

/// Gives a role to anybody, also without an invitation.
private struct RecordRole: Command {
    var project: ProjectID
    var change: RoleChange

    func execute(in context: CommandContext) throws {
        guard try context.rows.project(self.project) != nil else {
            throw DomainError(.projectNotFound, "Project not found")
        }
        try context.record(.roleChanged(self.change), in: .project(self.project))
    }
}
