public import ObjectModel

/// What people keep for themselves: favourites and switches. It follows them into each region.
public protocol PreferenceReading {
    func favorite(of user: UserID, _ project: ProjectID) throws -> Favorite?
    /// Newest first. Projects that are not here are among them.
    func favorites(of user: UserID) throws -> [Favorite]
    /// How many people marked a project.
    func favoriteCounts(ofEach projects: Set<ProjectID>) throws -> [ProjectID: Int]
    /// How often people marked projects that `user` owns.
    func favoriteCount(ownedBy user: UserID, onlyPublic: Bool) throws -> Int
    /// By key.
    func preferences(of user: UserID) throws -> [Preference]
}

/// Rows of somebody absent are errors.
public protocol PreferenceWriting {
    /// Inserts or replaces by person and project.
    func put(_ favorite: Favorite) throws
    func deleteFavorite(of user: UserID, _ project: ProjectID) throws
    /// Inserts or replaces by person and key.
    func put(_ preference: Preference) throws
}
