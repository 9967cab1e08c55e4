public import ObjectModel

/// What administrators look at: the server's settings, and people and projects that they have nothing to do with otherwise.
public protocol AdministrationReading {
    func serverSettings() throws -> ServerSettings
    /// Newest first, then by id.
    func users(_ filter: UserFilter, offset: Int, limit: Int) throws -> [User]
    func userCount(_ filter: UserFilter) throws -> Int
    /// All projects, also those that have no owner; ties by id.
    func projects(_ filter: ServerProjectFilter, offset: Int, limit: Int) throws -> [Project]
    func projectCount(_ filter: ServerProjectFilter) throws -> Int
    /// How many of `subject` were made in each month that had any, the first month first.
    func monthlyCounts(of subject: StatisticsSubject) throws -> [MonthlyCount]
}

public protocol AdministrationWriting {
    func put(_ settings: ServerSettings) throws
    /// Removes the person with their tokens and codes. What they made stays.
    func deleteUser(_ id: UserID) throws
}

public struct UserFilter: Equatable, Sendable {
    /// Part of the name, the e-mail or the company, without regard to case.
    public var search: String?
    public var role: ServerRole?

    public init(search: String? = nil, role: ServerRole? = nil) {
        self.search = search
        self.role = role
    }
}

public struct ServerProjectFilter: Equatable, Sendable {
    public enum Order: String, Sendable, CaseIterable {
        case name
        case createdAt
        case updatedAt
    }

    /// Part of the name, without regard to case.
    public var search: String?
    public var visibility: ProjectVisibility?
    public var order: Order
    public var isDescending: Bool

    public init(
        search: String? = nil, visibility: ProjectVisibility? = nil, order: Order = .updatedAt,
        isDescending: Bool = true
    ) {
        self.search = search
        self.visibility = visibility
        self.order = order
        self.isDescending = isDescending
    }
}

public enum StatisticsSubject: Sendable, CaseIterable {
    case users
    case projects
    case versions
}

public struct MonthlyCount: Equatable, Sendable {
    /// Its first moment, in UTC.
    public var month: Timestamp
    public var count: Int

    public init(month: Timestamp, count: Int) {
        self.month = month
        self.count = count
    }
}
