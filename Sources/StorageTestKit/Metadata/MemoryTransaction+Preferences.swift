import ObjectModel
import Storage

extension MemoryTransaction {
    func favorite(of user: UserID, _ project: ProjectID) throws -> Favorite? {
        self.rows.favorites[.init(project: project, user: user)]
    }

    func favorites(of user: UserID) throws -> [Favorite] {
        self.rows.favorites.values.filter { $0.user == user }
            .sorted { ($1.since, $1.project) < ($0.since, $0.project) }
    }

    func favoriteCounts(ofEach projects: Set<ProjectID>) throws -> [ProjectID: Int] {
        Dictionary(grouping: self.rows.favorites.values.filter { projects.contains($0.project) }, by: \.project)
            .mapValues(\.count)
    }

    func favoriteCount(ownedBy user: UserID, onlyPublic: Bool) throws -> Int {
        self.rows.favorites.keys.count { key in
            self.rows.roles[.init(project: key.project, user: user)] == .owner
                && (!onlyPublic || self.rows.projects[key.project]?.visibility == .public)
        }
    }

    func put(_ favorite: Favorite) throws {
        try Self.require(self.rows.users[favorite.user] != nil, "favorites.user")
        self.rows.favorites[.init(project: favorite.project, user: favorite.user)] = favorite
    }

    func deleteFavorite(of user: UserID, _ project: ProjectID) throws {
        self.rows.favorites[.init(project: project, user: user)] = nil
    }

    func preferences(of user: UserID) throws -> [Preference] {
        (self.rows.preferences[user] ?? [:]).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { Preference(user: user, key: $0.key, isOn: $0.value) }
    }

    func put(_ preference: Preference) throws {
        try Self.require(self.rows.users[preference.user] != nil, "preferences.user")
        self.rows.preferences[preference.user, default: [:]][preference.key] = preference.isOn
    }
}
