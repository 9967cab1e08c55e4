public import ObjectModel

/// Which entries of activity are meant.
public struct ActivityFilter: Equatable, Sendable {
    public var resourceType: String?
    /// Counts only with a type.
    public var resourceID: String?
    public var actor: UserID?
    public var action: String?
    /// ``ObjectModel/Activity/position``: only entries from here on.
    public var from: Int64
    /// Only entries before this.
    public var before: Int64

    public init(
        resourceType: String? = nil, resourceID: String? = nil, actor: UserID? = nil, action: String? = nil,
        from: Int64 = .min, before: Int64 = .max
    ) {
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.actor = actor
        self.action = action
        self.from = from
        self.before = before
    }
}

/// What was done in projects. Derived from operations; stays when these are left out of their logs.
public protocol ActivityReading {
    /// Newest first.
    func activity(in project: ProjectID, _ filter: ActivityFilter, limit: Int) throws -> [Activity]
    func activityCount(in project: ProjectID, _ filter: ActivityFilter) throws -> Int
    /// The projects in which somebody did something, by id.
    func projectsWithActivity(by actor: UserID) throws -> [ProjectID]
}

/// An entry of an absent project is an error.
public protocol ActivityWriting {
    /// Inserts or replaces by id.
    func put(_ activity: Activity) throws
    /// Inserts an entry that may be withdrawn, unless it is there.
    func putProvisional(_ activity: Activity) throws
    /// Removes an entry that was put in no other way.
    func withdraw(_ activity: Activity) throws
}

extension ActivityReading {
    /// Of several projects together, newest first.
    public func activity(in projects: [ProjectID], _ filter: ActivityFilter, limit: Int) throws -> [Activity] {
        var newest: [Activity] = []
        for project in projects {
            newest += try self.activity(in: project, filter, limit: limit)
            guard newest.count > limit else { continue }
            newest.sort { ($1.position, $1.id) < ($0.position, $0.id) }
            newest.removeLast(newest.count - limit)
        }
        return newest.sorted { ($1.position, $1.id) < ($0.position, $0.id) }
    }
}
