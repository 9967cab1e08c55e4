import ObjectModel
import Storage

/// What the server's settings, people, tokens and apps must be, by the rules of Spec §20.3, from nothing but the set of operations.
struct ServerOracle {
    private(set) var settings = ServerSettings()
    private(set) var invites: [ServerInvite] = []
    private(set) var users: [User] = []
    private(set) var emails: [UserEmail] = []
    private(set) var tokens: [Token] = []
    private(set) var favorites: [Favorite] = []
    private(set) var preferences: [Preference] = []
    private(set) var apps: [RegisteredApp] = []
    private(set) var conflicts: [Conflict] = []

    init(_ set: OperationSet) {
        let ids = set.all { body -> UserID? in if case .userRegistered(let user) = body { user.id } else { nil } }
        let people = PeopleOracle(set)
        (self.users, self.emails, self.conflicts) = (people.users, people.emails, people.conflicts)
        self.addSettings(set)
        let deleted = Set(set.all { body -> UserID? in if case .userDeleted(let id) = body { id } else { nil } })
        for id in set.all({ body in if case .serverInviteCreated(let invite) = body { invite.id } else { nil } }) {
            let made = set.values { body -> ServerInvite? in
                if case .serverInviteCreated(let invite) = body, invite.id == id { invite } else { nil }
            }
            let isDeleted = set.isDeleted { body in
                switch body {
                case .serverInviteDeleted(let deleted) where deleted == id: true
                case .serverInviteCreated(let invite) where invite.id == id: false
                default: nil
                }
            }
            guard let invite = made.first?.content, !isDeleted, ids.contains(invite.inviter),
                !deleted.contains(invite.inviter)
            else { continue }
            self.invites.append(invite)
        }
        let ends = Dictionary(
            grouping: set.writes { body in if case .sessionsEnded(let id) = body { id } else { nil } }, by: \.content
        ).mapValues { $0.map(\.entry) }
        for id in set.all({ body -> TokenID? in if case .tokenCreated(let token) = body { token.id } else { nil } }) {
            let isRevoked = set.isDeleted { body in
                switch body {
                case .tokenRevoked(let revoked) where revoked == id: true
                case .tokenCreated(let token) where token.id == id: false
                default: nil
                }
            }
            let made = set.values { body -> Token? in
                if case .tokenCreated(let token) = body, token.id == id { token } else { nil }
            }
            guard !isRevoked, let first = made.first, ids.contains(first.content.owner),
                !deleted.contains(first.content.owner),
                ends[first.content.owner, default: []].allSatisfy(first.entry.saw), Self.isGranted(first, set)
            else { continue }
            self.tokens.append(first.content)
        }
        for user in ids where !deleted.contains(user) { self.addPreferences(of: user, set) }
        self.addApps(of: ids.filter { !deleted.contains($0) }, set)
    }

    private mutating func addPreferences(of user: UserID, _ set: OperationSet) {
        let projects = set.all { body -> ProjectID? in
            if case .favoriteChanged(let change) = body, change.user == user { change.project } else { nil }
        }
        for project in projects {
            let marks = set.values { body -> Bool? in
                guard case .favoriteChanged(let change) = body, change.user == user, change.project == project else {
                    return nil
                }
                return change.isFavorite
            }
            guard let first = marks.first(where: { $0.content }) else { continue }
            self.favorites.append(Favorite(user: user, project: project, since: first.stamp.timestamp))
        }
        let keys = set.all { body -> String? in
            if case .preferenceChanged(let change) = body, change.user == user { change.key } else { nil }
        }
        for key in keys {
            let values = set.values { body -> Bool? in
                guard case .preferenceChanged(let change) = body, change.user == user, change.key == key else {
                    return nil
                }
                return change.isOn
            }
            if let last = values.last { self.preferences.append(Preference(user: user, key: key, isOn: last.content)) }
        }
    }

    private static func isDeleted(_ app: AppID, _ set: OperationSet) -> Bool {
        set.all { body -> AppID? in if case .appDeleted(let id) = body { id } else { nil } }.contains(app)
    }

    /// Whoever made a token of an app had seen all that asks for it anew, or takes it back.
    private static func isGranted(_ token: OperationSet.Value<Token>, _ set: OperationSet) -> Bool {
        guard let app = token.content.app else { return true }
        let ends = set.writes { body -> Bool? in
            switch body {
            case .appRegistered(let made): made.id == app ? true : nil
            case .appChanged(let change): change.id == app ? true : nil
            case .grantRevoked(let grant):
                grant.app == app && grant.user == token.content.owner
                    && (grant.family == nil || grant.family == token.content.family) ? true : nil
            default: nil
            }
        }
        return !self.isDeleted(app, set) && ends.allSatisfy { token.entry.saw($0.entry) }
    }

    private mutating func addApps(of authors: [UserID], _ set: OperationSet) {
        let made = set.writes { body -> RegisteredApp? in
            if case .appRegistered(let app) = body { app } else { nil }
        }
        for var app in made.map(\.content) where authors.contains(app.author) && !Self.isDeleted(app.id, set) {
            let registrations = set.values { body -> AppRegistration? in
                switch body {
                case .appRegistered(let made) where made.id == app.id: made.registration
                case .appChanged(let change) where change.id == app.id: change.registration
                default: nil
                }
            }
            app.registration = registrations.last?.content ?? app.registration
            self.apps.append(app)
            if let conflict = Conflict.among(registrations, .edited, .app(app.id), .registration) {
                self.conflicts.append(conflict)
            }
        }
    }

    private mutating func addSettings(_ set: OperationSet) {
        func values<Content: Hashable>(
            _ field: MergeField, _ kind: Conflict.Kind, _ pick: (ServerChange) -> Content?
        ) -> [Content] {
            let values = set.values { body in
                if case .serverChanged(let change) = body { pick(change) } else { nil }
            }
            if let conflict = Conflict.among(values, kind, .server, field) { self.conflicts.append(conflict) }
            return values.map(\.content)
        }
        func text(_ field: MergeField, _ pick: (ServerChange) -> String?) -> String? {
            values(field, .edited, pick).last.flatMap { $0.isEmpty ? nil : $0 }
        }
        self.settings = ServerSettings(
            name: text(.name, \.name), company: text(.company, \.company),
            description: text(.description, \.description), adminContact: text(.adminContact, \.adminContact),
            termsOfService: text(.termsOfService, \.termsOfService),
            isInviteOnly: values(.inviteOnly, .restricted, \.inviteOnly).contains(true),
            allowsGuests: values(.guestMode, .restricted, \.guestMode).min { !$0 && $1 } ?? false)
    }
}
