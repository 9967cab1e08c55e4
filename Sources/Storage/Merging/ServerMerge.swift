import ObjectModel

/// The rows of the server's settings, people, their tokens and apps, and what they keep for themselves.
struct ServerMerge {
    let merge: Merge
    let rows: any MetadataWriting

    init(_ merge: Merge) {
        self.merge = merge
        self.rows = merge.rows
    }

    func settle(_ body: OperationBody) throws {
        switch body {
        case .serverChanged: try self.settleServer()
        case .userRegistered(let user): try self.settle(user.id)
        case .userChanged(let change): try self.settle(change.id)
        case .userDeleted(let id):
            try self.settle(id)
            for invite in try self.rows.serverInvites(matching: nil, offset: 0, limit: .max)
            where invite.inviter == id { try self.settle(invite.id) }
        case .serverInviteCreated(let invite): try self.settle(invite.id)
        case .serverInviteDeleted(let id): try self.settle(id)
        case .emailAdded(let email): try self.settle(email.user)
        case .emailChanged(let change): try self.settle(change.id)
        case .emailDeleted(let id): try self.settle(id)
        case .sessionsEnded(let id): try self.settleSessions(of: id)
        case .tokenCreated(let token): try self.settle(token.id)
        case .tokenRevoked(let id): try self.settle(id)
        case .favoriteChanged(let change): try self.settle(change)
        case .preferenceChanged(let change): try self.settle(change)
        case .appRegistered(let app): try self.settle(app.id)
        case .appChanged(let change): try self.settle(change.id)
        case .appDeleted(let id): try self.settle(id)
        case .grantRevoked(let grant):
            try self.rows.deleteAuthorizationCodes(of: grant.app, for: grant.user)
            for token in try self.rows.tokens(of: grant) { try self.settle(token.id) }
        default: return
        }
    }

    // MARK: The server

    private func settleServer() throws {
        let state = try self.merge.state(of: .server)
        func text(_ field: MergeField, _ value: (ServerChange) -> String?) -> String? {
            state.latest(field)?.body.serverChange.flatMap(value).flatMap { $0.isEmpty ? nil : $0 }
        }
        try self.rows.put(
            ServerSettings(
                name: text(.name, \.name), company: text(.company, \.company),
                description: text(.description, \.description),
                adminContact: text(.adminContact, \.adminContact),
                termsOfService: text(.termsOfService, \.termsOfService),
                isInviteOnly: state[.inviteOnly].contains { $0.body.serverChange?.inviteOnly == true },
                allowsGuests: state.strictest(.guestMode, \.serverChange?.guestMode) { $0 ? 1 : 0 } ?? false))
        try self.notice(
            state,
            [
                state.conflict(.edited, .name, \.serverChange?.name),
                state.conflict(.edited, .company, \.serverChange?.company),
                state.conflict(.edited, .description, \.serverChange?.description),
                state.conflict(.edited, .adminContact, \.serverChange?.adminContact),
                state.conflict(.edited, .termsOfService, \.serverChange?.termsOfService),
                state.conflict(.restricted, .inviteOnly, \.serverChange?.inviteOnly),
                state.conflict(.restricted, .guestMode, \.serverChange?.guestMode),
            ])
    }

    func notice(_ state: EntityState, _ conflicts: [Conflict?]) throws {
        try VisibleRows(rows: self.rows, scope: self.merge.scope).replaceConflicts(
            of: state.entity, with: conflicts.compactMap(\.self))
    }

    // MARK: Preferences

    /// A mark stays when somebody takes away another one that he knew of.
    private func settle(_ change: FavoriteChange) throws {
        let marks = try self.merge.state(of: .favorite(change.user, change.project))[.favorite].filter { sibling in
            if case .favoriteChanged(let change) = sibling.body { change.isFavorite } else { false }
        }
        guard let first = marks.first, try self.rows.user(change.user) != nil else {
            return try self.rows.deleteFavorite(of: change.user, change.project)
        }
        try self.rows.put(Favorite(user: change.user, project: change.project, since: first.stamp.timestamp))
    }

    private func settle(_ change: PreferenceChange) throws {
        let state = try self.merge.state(of: .preference(change.user, change.key))
        guard case .preferenceChanged(let latest) = state.latest(.setting)?.body,
            try self.rows.user(change.user) != nil
        else { return }
        try self.rows.put(Preference(user: latest.user, key: latest.key, isOn: latest.isOn))
    }

    // MARK: Invitations

    private func settle(_ id: InviteID) throws {
        let state = try self.merge.state(of: .invite(id))
        guard case .serverInviteCreated(let invite) = state.creation?.body, !state.isDeleted,
            try self.rows.user(invite.inviter) != nil
        else { return try self.rows.deleteServerInvite(id) }
        try self.rows.put(invite)
    }

    // MARK: Tokens

    private func settleSessions(of user: UserID) throws {
        try self.rows.deleteAuthorizationCodes(of: user)
        for kind in Token.Kind.allCases {
            for token in try self.rows.tokens(of: user, kind: kind) { try self.settle(token.id) }
        }
    }

    private func settle(_ id: TokenID) throws {
        let state = try self.merge.state(of: .token(id))
        guard let creation = state.creation, case .tokenCreated(let token) = creation.body, !state.isDeleted,
            try self.rows.user(token.owner) != nil,
            try self.merge.state(of: .user(token.owner))[.sessions].allSatisfy({ creation.hasSeen($0.stamp.dot) }),
            try self.isGranted(token, state)
        else { return try self.rows.deleteToken(id) }
        try self.rows.put(token)
    }

    /// Whether the node that made an app's token knew what the app asks for now, and all that took the right from it. One
    /// that was made at the same time, elsewhere, ends as well.
    private func isGranted(_ token: Token, _ state: EntityState) throws -> Bool {
        guard let app = token.app, let creation = state.creation else { return true }
        let registration = try self.merge.state(of: .app(app))
        guard !registration.isDeleted else { return false }
        let grants =
            [Grant(app: app, user: token.owner)]
            + (token.family.map { [Grant(app: app, user: token.owner, family: $0)] } ?? [])
        let ends = try grants.flatMap { try self.merge.state(of: .grant($0))[.deleted] }
        return (registration[.registration] + ends).allSatisfy { creation.hasSeen($0.stamp.dot) }
    }

    // MARK: Apps

    private func settle(_ id: AppID) throws {
        let state = try self.merge.state(of: .app(id))
        if case .appRegistered(var app) = state.creation?.body, !state.isDeleted {
            app.registration = state.latest(.registration)?.body.appRegistration ?? app.registration
            try self.rows.put(app)
        } else {
            try self.rows.deleteApp(id)
        }
        let edited = state.isDeleted ? nil : state.conflict(.edited, .registration, \.appRegistration)
        try self.notice(state, [edited])
        try self.rows.deleteAuthorizationCodes(of: id, for: nil)
        // Apps, as grants, only ever end tokens.
        for token in try self.rows.tokens(of: id) { try self.settle(token.id) }
    }
}
