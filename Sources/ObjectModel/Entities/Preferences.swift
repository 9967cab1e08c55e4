/// Somebody marked a project as a favourite.
public struct Favorite: Equatable, Sendable {
    public var user: UserID
    public var project: ProjectID
    public var since: Timestamp

    public init(user: UserID, project: ProjectID, since: Timestamp) {
        self.user = user
        self.project = project
        self.since = since
    }
}

/// One switch of somebody's own: a notice that was read, or whether they want to be told of something.
public struct Preference: Equatable, Sendable {
    public var user: UserID
    /// What it is of, and its name there: `flag/…` or `notification/…`.
    public var key: String
    public var isOn: Bool

    public init(user: UserID, key: String, isOn: Bool) {
        self.user = user
        self.key = key
        self.isOn = isOn
    }
}
