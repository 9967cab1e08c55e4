package import ObjectModel
package import Storage

/// Everything that a metadata store answers, to compare two stores or two moments. Mirrors are left out: they are local.
package struct MetadataSnapshot: Equatable, Sendable {
    package struct ProjectRows: Equatable, Sendable {
        package var project: Project?
        package var policy: ProjectPolicy?
        package var collaborators: [Collaborator]
        package var invites: [Invite]
        package var models: [Model]
        package var versions: [Version]
        package var blobs: [Blob]

        /// Of a project that is not there.
        package init(
            project: Project? = nil, policy: ProjectPolicy? = nil, collaborators: [Collaborator] = [],
            invites: [Invite] = [], models: [Model] = [], versions: [Version] = [], blobs: [Blob] = []
        ) {
            self.project = project
            self.policy = policy
            self.collaborators = collaborators
            self.invites = invites
            self.models = models
            self.versions = versions
            self.blobs = blobs
        }
    }

    package var settings: ServerSettings
    package var serverInvites: [ServerInvite]
    package var users: [User]
    package var tokens: [Token]
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
                tokens: try users.flatMap { user in
                    try [Token.Kind.personal, .app, .refresh].flatMap { try rows.tokens(of: user.id, kind: $0) }
                },
                projects: Dictionary(
                    uniqueKeysWithValues: try Set(projects).map { ($0, try Self.project($0, rows)) }),
                logs: Dictionary(
                    uniqueKeysWithValues: try ([.server] + Set(projects).map { LogScope.project($0) })
                        .map { ($0, try Self.logs($0, rows)) }))
        }
    }

    private init(
        settings: ServerSettings, serverInvites: [ServerInvite], users: [User], tokens: [Token],
        projects: [ProjectID: ProjectRows],
        logs: [LogScope: [NodeID: [Operation]]]
    ) {
        self.settings = settings
        self.serverInvites = serverInvites
        self.users = users
        self.tokens = tokens
        self.projects = projects
        self.logs = logs
    }

    private static func project(_ id: ProjectID, _ rows: any MetadataReading) throws -> ProjectRows {
        ProjectRows(
            project: try rows.project(id), policy: try rows.policy(of: id),
            collaborators: try rows.collaborators(of: id), invites: try rows.invites(to: id),
            models: try rows.models(in: id, filter: .init(), after: nil, limit: .max),
            versions: try rows.allVersions(in: id),
            blobs: try rows.blobs(in: id, named: nil, after: nil, limit: .max))
    }

    private static func logs(_ scope: LogScope, _ rows: any MetadataReading) throws -> [NodeID: [Operation]] {
        Dictionary(
            uniqueKeysWithValues: try rows.origins(in: scope).map { origin in
                (origin, try rows.operations(of: origin, in: scope, after: 0, limit: .max))
            })
    }
}
