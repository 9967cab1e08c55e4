import Foundation
import ObjectModel
import Storage

extension MemoryTransaction {
    func serverSettings() throws -> ServerSettings { self.rows.settings }

    func put(_ settings: ServerSettings) throws { self.rows.settings = settings }

    func deleteUser(_ id: UserID) throws {
        self.rows.users[id] = nil
        self.rows.emails = self.rows.emails.filter { $0.value.user != id }
        self.rows.tokens = self.rows.tokens.filter { $0.value.owner != id }
        try self.deleteAuthorizationCodes(of: id)
        self.rows.proofs.removeAll { $0.user == id }
        self.rows.favorites = self.rows.favorites.filter { $0.value.user != id }
        self.rows.preferences[id] = nil
    }

    // MARK: Lists

    private func matching(_ filter: UserFilter) -> [User] {
        self.rows.users.values.filter { user in
            if let role = filter.role, user.role != role { return false }
            guard let text = filter.search?.lowercased() else { return true }
            return [user.name, user.email, user.company ?? ""].contains { $0.lowercased().contains(text) }
        }.sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
    }

    func users(_ filter: UserFilter, offset: Int, limit: Int) throws -> [User] {
        Array(self.matching(filter).dropFirst(max(0, offset)).prefix(max(0, limit)))
    }

    func userCount(_ filter: UserFilter) throws -> Int { self.matching(filter).count }

    private func matching(_ filter: ServerProjectFilter) -> [Project] {
        self.rows.projects.values.filter { project in
            if let visibility = filter.visibility, project.visibility != visibility { return false }
            return filter.search.map { project.name.lowercased().contains($0.lowercased()) } ?? true
        }
    }

    func projects(_ filter: ServerProjectFilter, offset: Int, limit: Int) throws -> [Project] {
        let ascending = self.matching(filter).sorted { left, right in
            switch filter.order {
            case .name: (left.name, left.id) < (right.name, right.id)
            case .createdAt: (left.createdAt, left.id) < (right.createdAt, right.id)
            case .updatedAt: (left.updatedAt, left.id) < (right.updatedAt, right.id)
            }
        }
        let ordered = filter.isDescending ? ascending.reversed() : ascending
        return Array(ordered.dropFirst(max(0, offset)).prefix(max(0, limit)))
    }

    func projectCount(_ filter: ServerProjectFilter) throws -> Int { self.matching(filter).count }

    // MARK: Statistics

    func monthlyCounts(of subject: StatisticsSubject) throws -> [MonthlyCount] {
        let times =
            switch subject {
            case .users: self.rows.users.values.map(\.createdAt)
            case .projects: self.rows.projects.values.map(\.createdAt)
            case .versions: self.rows.versions.values.map(\.createdAt)
            }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let months = times.compactMap { time in
            calendar.dateInterval(
                of: .month, for: Date(timeIntervalSince1970: Double(time.millisecondsSinceEpoch) / 1000)
            )?.start
        }
        return Dictionary(grouping: months) { $0 }.sorted { $0.key < $1.key }.map { month, all in
            MonthlyCount(
                month: Timestamp(millisecondsSinceEpoch: Int64(month.timeIntervalSince1970) * 1000), count: all.count)
        }
    }
}
