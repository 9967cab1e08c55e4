import ObjectModel

/// The rows of people and their addresses.
extension ServerMerge {
    /// That somebody says an address is theirs: since they opened an account with it, or added it.
    private struct AddressClaim {
        var email: UserEmail
        /// Of the address.
        var state: EntityState
        var creation: EntityState.Sibling
        /// Whether an account was opened with it.
        var isOpening: Bool
        /// Deleted, and there again since its person would have none.
        var isRevived = false

        /// Whoever has shown that it is theirs, or opened an account with it, goes before whoever only said so; else the first one.
        static func goes(_ left: Self, before right: Self) -> Bool {
            left.isFirm == right.isFirm ? left.creation.stamp < right.creation.stamp : left.isFirm
        }

        private var isFirm: Bool { !self.isRevived && (self.isOpening || self.email.isVerified) }
    }

    func settle(_ id: EmailID) throws {
        let opening = UserID(rawValue: id.rawValue)
        let added = try self.merge.state(of: .email(id)).creation?.body
        if case .emailAdded(let email) = added { return try self.settle(email.user) }
        guard try self.merge.state(of: .user(opening)).creation != nil else { return }
        try self.settle(opening)
    }

    /// People who claimed the same address: one has it. The others show with a number, so that nobody can sign in with that, until
    /// somebody decides.
    func settle(_ id: UserID) throws {
        let addresses = Set(try self.allClaims(of: id).map(\.email.address))
        let people = Set(try addresses.flatMap { try self.claimants(of: $0).map(\.email.user) } + [id]).sorted()
        // Addresses are unique at any time.
        for person in people where try self.rows.user(person) != nil {
            try self.rows.replaceEmails(of: person, with: [])
        }
        if people.count > 1 {
            for person in people {
                guard var user = try self.rows.user(person) else { continue }
                user.email = "\u{1}\(person)"
                try self.rows.put(user)
            }
        }
        for person in people { try self.write(person) }
    }

    private func write(_ id: UserID) throws {
        let state = try self.merge.state(of: .user(id))
        let claims = try self.claims(of: id)
        guard var user = Self.user(state), let primary = self.primary(of: state, among: claims) else {
            try self.rows.deleteUser(id)
            try self.notice(state, [])
            for claim in try self.allClaims(of: id) where !claim.isOpening { try self.notice(claim.state, []) }
            return
        }
        var emails: [UserEmail] = []
        var shared: [EmailID: Conflict] = [:]
        for claim in claims {
            let all = try self.claimants(of: claim.email.address)
            let place = all.firstIndex { $0.email.id == claim.email.id } ?? 0
            var email = claim.email
            if place > 0 { email.address = NameClaims.numbered(email.address, place + 1) }
            emails.append(email)
            if place == 0, all.count > 1 {
                let entity: Entity = claim.isOpening ? .user(id) : .email(email.id)
                shared[email.id] = Conflict(.sameName, entity, .created, all.map(\.creation.stamp))
            }
            if email.id == primary { (user.email, user.isVerified) = (email.address, email.isVerified) }
        }
        try self.rows.put(user)
        try self.rows.replaceEmails(of: id, with: emails)
        let role = state.conflict(.restricted, .role, \.userChange?.role)
        let verified = state.conflict(.restricted, .verified, \.userChange?.isVerified)
        try self.notice(state, [shared[EmailID(of: id)], role, verified])
        let live = Set(claims.map(\.email.id))
        for claim in try self.allClaims(of: id) where !claim.isOpening {
            let verified = claim.state.conflict(.restricted, .verified, \.emailChange?.isVerified)
            try self.notice(
                claim.state, live.contains(claim.email.id) ? [shared[claim.email.id], verified] : [])
        }
    }

    private static func user(_ state: EntityState) -> User? {
        guard case .userRegistered(var user) = state.creation?.body, !state.isDeleted else { return nil }
        user.name = state.latest(.name)?.body.userChange?.name ?? user.name
        user.bio = state.latest(.bio)?.body.userChange?.bio ?? user.bio
        user.company = state.latest(.company)?.body.userChange?.company ?? user.company
        user.avatar = state.latest(.avatar)?.body.userChange?.avatar ?? user.avatar
        user.role = state.strictest(.role, \.userChange?.role, weight: \.weight) ?? user.role
        user.passwordHash = state.latest(.password)?.body.userChange?.passwordHash ?? user.passwordHash
        return user
    }

    // MARK: Addresses

    /// The address that somebody chose last, as far as they still have it; else their first one.
    private func primary(of state: EntityState, among claims: [AddressClaim]) -> EmailID? {
        let chosen = state[.primaryEmail].reversed().compactMap { $0.body.userChange?.primaryEmail }
        return chosen.first { id in claims.contains { $0.email.id == id } } ?? claims.first?.email.id
    }

    /// Those who have an address, or say so, the one that shows with it first.
    private func claimants(of address: String) throws -> [AddressClaim] {
        var people: Set<UserID> = []
        for entity in try self.rows.entities(in: self.merge.scope, where: .created, is: address) {
            switch entity {
            case .user(let id): people.insert(id)
            case .email:
                guard case .emailAdded(let email) = try self.merge.state(of: entity).creation?.body else { continue }
                people.insert(email.user)
            default: continue
            }
        }
        return try people.flatMap { try self.claims(of: $0) }.filter { $0.email.address == address }
            .sorted(by: AddressClaim.goes)
    }

    /// What somebody has, each address once, oldest first; nothing when the account is closed for good.
    ///
    /// Two regions may each take what the other left: the one that the account was opened with stays then.
    private func claims(of user: UserID) throws -> [AddressClaim] {
        guard try !self.merge.state(of: .user(user)).isDeleted else { return [] }
        let all = try self.allClaims(of: user)
        let live = try all.filter { try !self.merge.state(of: .email($0.email.id)).isDeleted }
        var claims: [AddressClaim] = []
        for var claim in live.isEmpty ? all.filter(\.isOpening) : live {
            claim.isRevived = live.isEmpty
            if let place = claims.firstIndex(where: { $0.email.address == claim.email.address }) {
                claims[place].email.isVerified = claims[place].email.isVerified || claim.email.isVerified
            } else {
                claims.append(claim)
            }
        }
        return claims
    }

    /// What somebody ever had; nothing of somebody whose account is not known.
    private func allClaims(of user: UserID) throws -> [AddressClaim] {
        let account = try self.merge.state(of: .user(user))
        guard let creation = account.creation, case .userRegistered(let registered) = creation.body else { return [] }
        var opening = UserEmail(opening: registered)
        opening.isVerified =
            account.strictest(.verified, \.userChange?.isVerified) { $0 ? 1 : 0 } ?? registered.isVerified
        var claims = [AddressClaim(email: opening, state: account, creation: creation, isOpening: true)]
        for entity in try self.rows.entities(in: self.merge.scope, where: .owner, is: user.rawValue) {
            let state = try self.merge.state(of: entity)
            guard let creation = state.creation, case .emailAdded(var email) = creation.body else { continue }
            email.isVerified =
                state.strictest(.verified, \.emailChange?.isVerified) { $0 ? 1 : 0 } ?? email.isVerified
            claims.append(AddressClaim(email: email, state: state, creation: creation, isOpening: false))
        }
        return claims.sorted { $0.creation.stamp < $1.creation.stamp }
    }
}

extension OperationBody {
    fileprivate var emailChange: EmailChange? {
        guard case .emailChanged(let change) = self else { return nil }
        return change
    }
}
