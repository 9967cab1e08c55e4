import ObjectModel
import Storage

/// What people and their addresses must be, by the rules of Spec §20.3, from nothing but the set of operations.
struct PeopleOracle {
    private(set) var users: [User] = []
    private(set) var emails: [UserEmail] = []
    private(set) var conflicts: [Conflict] = []

    /// Somebody says that an address is theirs.
    private struct Holding {
        var email: UserEmail
        var entity: Entity
        var stamp: Stamp
        /// 0 for what was shown or opened with, 1 for what was only said, or given back.
        var rank: Int
    }

    init(_ set: OperationSet) {
        let closed = Set(set.all { body -> UserID? in if case .userDeleted(let id) = body { id } else { nil } })
        let opened = set.all { body -> UserID? in if case .userRegistered(let user) = body { user.id } else { nil } }
        var holdings: [UserID: [Holding]] = [:]
        for id in opened where !closed.contains(id) { holdings[id] = self.holdings(of: id, set) }

        var numbers: [EmailID: Int] = [:]
        for (_, all) in Dictionary(grouping: holdings.values.joined(), by: \.email.address) {
            let ordered = all.sorted { ($0.rank, $0.stamp) < ($1.rank, $1.stamp) }
            for (place, holding) in ordered.enumerated() { numbers[holding.email.id] = place + 1 }
            guard ordered.count > 1 else { continue }
            self.conflicts.append(.of(ordered.map(\.stamp), .sameName, ordered[0].entity, .created))
        }
        for (id, held) in holdings {
            let shown = held.map { holding in
                var email = holding.email
                if let number = numbers[email.id], number > 1 { email.address += " (\(number))" }
                return email
            }
            let chosen = set.values { body -> EmailID? in
                if case .userChanged(let change) = body, change.id == id { change.primaryEmail } else { nil }
            }
            let primary = chosen.reversed().compactMap { choice in shown.first { $0.id == choice.content } }.first
            guard let primary = primary ?? shown.first, var user = self.profile(of: id, set) else { continue }
            (user.email, user.isVerified) = (primary.address, primary.isVerified)
            self.users.append(user)
            self.emails += shown
        }
    }

    private mutating func holdings(of id: UserID, _ set: OperationSet) -> [Holding] {
        let taken = Set(set.all { body -> EmailID? in if case .emailDeleted(let id) = body { id } else { nil } })
        let made = set.writes { body -> User? in
            if case .userRegistered(let user) = body, user.id == id { user } else { nil }
        }
        guard let first = made.first else { return [] }
        let opening = Holding(
            email: UserEmail(
                id: EmailID(rawValue: id.rawValue), user: id, address: first.content.email,
                isVerified: Self.doubtless(Self.changes(of: id, \.isVerified, set)) ?? first.content.isVerified,
                createdAt: first.content.createdAt),
            entity: .user(id), stamp: first.stamp, rank: 0)
        var added: [Holding] = []
        for said in set.writes({ body -> UserEmail? in
            if case .emailAdded(let email) = body, email.user == id { email } else { nil }
        }) {
            var email = said.content
            let shown = self.shown(email.id, set)
            email.isVerified = Self.doubtless(shown) ?? email.isVerified
            added.append(
                Holding(email: email, entity: .email(email.id), stamp: said.stamp, rank: email.isVerified ? 0 : 1))
        }
        var kept = ([opening] + added).filter { !taken.contains($0.email.id) }
        if kept.isEmpty {
            var back = opening
            back.rank = 1
            kept = [back]
        }
        var once: [Holding] = []
        for holding in kept.sorted(by: { $0.stamp < $1.stamp }) {
            guard let place = once.firstIndex(where: { $0.email.address == holding.email.address }) else {
                once.append(holding)
                continue
            }
            if holding.email.isVerified { (once[place].email.isVerified, once[place].rank) = (true, 0) }
        }
        for holding in once where holding.entity == .email(holding.email.id) {
            let shown = self.shown(holding.email.id, set)
            if let conflict = Conflict.among(shown, .restricted, holding.entity, .verified) {
                self.conflicts.append(conflict)
            }
        }
        return once
    }

    private func shown(_ id: EmailID, _ set: OperationSet) -> [OperationSet.Value<Bool>] {
        set.values { body in
            if case .emailChanged(let change) = body, change.id == id { change.isVerified } else { nil }
        }
    }

    private static func doubtless(_ values: [OperationSet.Value<Bool>]) -> Bool? {
        values.isEmpty ? nil : values.allSatisfy(\.content)
    }

    private static func changes<Content>(
        of id: UserID, _ pick: (UserChange) -> Content?, _ set: OperationSet
    ) -> [OperationSet.Value<Content>] {
        set.values { body in
            switch body {
            case .userRegistered(let user) where user.id == id:
                pick(
                    UserChange(
                        id: user.id, name: user.name, bio: user.bio, company: user.company, avatar: user.avatar,
                        role: user.role))
            case .userChanged(let change) where change.id == id: pick(change)
            default: nil
            }
        }
    }

    private mutating func profile(of id: UserID, _ set: OperationSet) -> User? {
        let made = set.writes { body -> User? in
            if case .userRegistered(let user) = body, user.id == id { user } else { nil }
        }
        guard var user = made.first?.content else { return nil }
        func last<Content>(_ pick: (UserChange) -> Content?) -> Content? {
            Self.changes(of: id, pick, set).last?.content
        }
        user.name = last(\.name) ?? user.name
        user.bio = last(\.bio) ?? user.bio
        user.company = last(\.company) ?? user.company
        user.avatar = last(\.avatar) ?? user.avatar
        user.passwordHash = last(\.passwordHash) ?? user.passwordHash
        let roles = Self.changes(of: id, \.role, set)
        // The one that may least.
        let order: [ServerRole] = [.archived, .guest, .user, .admin]
        user.role = order.first { role in roles.contains { $0.content == role } } ?? user.role
        self.conflicts += [
            Conflict.among(roles, .restricted, .user(id), .role),
            Conflict.among(Self.changes(of: id, \.isVerified, set), .restricted, .user(id), .verified),
        ].compactMap(\.self)
        return user
    }
}
