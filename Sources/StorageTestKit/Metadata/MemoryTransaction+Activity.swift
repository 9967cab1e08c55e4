import ObjectModel
import Storage

extension MemoryTransaction {
    private func entries(_ project: ProjectID, _ filter: ActivityFilter) -> [Activity] {
        (self.rows.activity[project] ?? [:]).values.map(\.entry).filter { entry in
            entry.position >= filter.from && entry.position < filter.before
                && filter.resourceType.map { type in
                    entry.facts.resourceType == type
                        && filter.resourceID.map { $0 == entry.facts.resourceID } ?? true
                } ?? true
                && filter.actor.map { $0 == entry.actor } ?? true
                && filter.action.map { $0 == entry.facts.action } ?? true
        }
    }

    func activity(in project: ProjectID, _ filter: ActivityFilter, limit: Int) throws -> [Activity] {
        let sorted = self.entries(project, filter).sorted { ($1.position, $1.id) < ($0.position, $0.id) }
        return Array(sorted.prefix(max(0, limit)))
    }

    func activityCount(in project: ProjectID, _ filter: ActivityFilter) throws -> Int {
        self.entries(project, filter).count
    }

    func projectsWithActivity(by actor: UserID) throws -> [ProjectID] {
        self.rows.activity.filter { $0.value.values.contains { $0.entry.actor == actor } }.keys.sorted()
    }

    func put(_ activity: Activity) throws {
        try Self.require(self.rows.projects[activity.project] != nil, "activity.project")
        self.rows.activity[activity.project, default: [:]][activity.id] = .init(entry: activity, isProvisional: false)
    }

    func putProvisional(_ activity: Activity) throws {
        guard self.rows.activity[activity.project]?[activity.id] == nil else { return }
        try Self.require(self.rows.projects[activity.project] != nil, "activity.project")
        self.rows.activity[activity.project, default: [:]][activity.id] = .init(entry: activity, isProvisional: true)
    }

    func withdraw(_ activity: Activity) throws {
        guard self.rows.activity[activity.project]?[activity.id]?.isProvisional ?? false else { return }
        self.rows.activity[activity.project]?[activity.id] = nil
    }
}
