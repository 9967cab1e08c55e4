package import ObjectModel
package import Storage

/// Everything that a metadata store answers, to compare two stores or two moments. Mirrors and what is on its way to
/// webhooks are left out: they are local.
package struct MetadataSnapshot: Equatable, Sendable {
    package struct ProjectRows: Equatable, Sendable {
        package var project: Project?
        package var policy: ProjectPolicy?
        package var collaborators: [Collaborator]
        package var invites: [Invite]
        package var accessRequests: [AccessRequest]
        package var models: [Model]
        package var versions: [Version]
        package var blobs: [Blob]
        package var comments: [CommentCreation]
        package var commentViews: [CommentView]
        package var webhooks: [Webhook]
        /// Newest first.
        package var activity: [Activity]

        /// Of a project that is not there.
        package init(
            project: Project? = nil, policy: ProjectPolicy? = nil, collaborators: [Collaborator] = [],
            invites: [Invite] = [], accessRequests: [AccessRequest] = [], models: [Model] = [],
            versions: [Version] = [], blobs: [Blob] = [], comments: [CommentCreation] = [],
            commentViews: [CommentView] = [], webhooks: [Webhook] = [], activity: [Activity] = []
        ) {
            self.project = project
            self.policy = policy
            self.collaborators = collaborators
            self.invites = invites
            self.accessRequests = accessRequests
            self.models = models
            self.versions = versions
            self.blobs = blobs
            self.comments = comments
            self.commentViews = commentViews
            self.webhooks = webhooks
            self.activity = activity
        }
    }

    package var settings: ServerSettings
    package var serverInvites: [ServerInvite]
    package var users: [User]
    package var emails: [UserEmail]
    package var tokens: [Token]
    package var favorites: [Favorite]
    package var preferences: [Preference]
    package var apps: [RegisteredApp]
    package var projects: [ProjectID: ProjectRows]
    /// By scope, then by origin.
    package var logs: [LogScope: [NodeID: [Operation]]]

    /// - Parameter projects: the projects to look at, deleted ones too.
    package init(of store: any MetadataStore, projects: [ProjectID]) async throws {
        self = try await store.read { rows in
            let users = try rows.users(matching: "", emailOnly: false, limit: .max)
            return Self(
                settings: try rows.serverSettings(),
                serverInvites: try rows.serverInvites(matching: nil, offset: 0, limit: .max), users: users,
                emails: try users.flatMap { try rows.emails(of: $0.id) },
                tokens: try users.flatMap { user in
                    try Token.Kind.allCases.flatMap { try rows.tokens(of: user.id, kind: $0) }
                },
                favorites: try users.flatMap { try rows.favorites(of: $0.id) },
                preferences: try users.flatMap { try rows.preferences(of: $0.id) },
                apps: try users.flatMap { try rows.apps(by: $0.id) },
                projects: Dictionary(
                    uniqueKeysWithValues: try Set(projects).map { ($0, try Self.project($0, rows)) }),
                logs: Dictionary(
                    uniqueKeysWithValues: try ([.server] + Set(projects).map { LogScope.project($0) })
                        .map { ($0, try Self.logs($0, rows)) }))
        }
    }

    private init(
        settings: ServerSettings, serverInvites: [ServerInvite], users: [User], emails: [UserEmail],
        tokens: [Token], favorites: [Favorite], preferences: [Preference], apps: [RegisteredApp],
        projects: [ProjectID: ProjectRows], logs: [LogScope: [NodeID: [Operation]]]
    ) {
        self.settings = settings
        self.serverInvites = serverInvites
        self.users = users
        self.emails = emails
        self.tokens = tokens
        self.favorites = favorites
        self.preferences = preferences
        self.apps = apps
        self.projects = projects
        self.logs = logs
    }

    private static func project(_ id: ProjectID, _ rows: any MetadataReading) throws -> ProjectRows {
        ProjectRows(
            project: try rows.project(id), policy: try rows.policy(of: id),
            collaborators: try rows.collaborators(of: id), invites: try rows.invites(to: id),
            accessRequests: try rows.accessRequests(to: id),
            models: try rows.models(in: id, filter: .init(), after: nil, limit: .max),
            versions: try rows.allVersions(in: id),
            blobs: try rows.blobs(in: id, named: nil, after: nil, limit: .max),
            comments: try Self.comments(in: id, rows),
            commentViews: try rows.allCommentViews(in: id), webhooks: try rows.webhooks(of: id),
            activity: try rows.activity(in: id, ActivityFilter(), limit: .max))
    }

    private static func comments(in id: ProjectID, _ rows: any MetadataReading) throws -> [CommentCreation] {
        let comments = try rows.comments(in: id, filter: CommentFilter(.anywhere), after: nil, limit: .max)
        let scenes = try rows.commentScenes(Set(comments.map(\.id)), in: id)
        return comments.map { CommentCreation($0, scenes[$0.id] ?? CommentScene()) }
    }

    private static func logs(_ scope: LogScope, _ rows: any MetadataReading) throws -> [NodeID: [Operation]] {
        Dictionary(
            uniqueKeysWithValues: try rows.origins(in: scope).map { origin in
                (origin, try rows.operations(of: origin, in: scope, after: 0, limit: .max))
            })
    }
}
