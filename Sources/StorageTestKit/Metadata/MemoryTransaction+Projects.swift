import ObjectModel
import Storage

extension MemoryTransaction {
    func project(_ id: ProjectID) throws -> Project? { self.rows.projects[id] }

    func allProjects() throws -> [ProjectID] { self.rows.projects.keys.sorted() }

    private func matching(_ user: UserID, _ filter: ProjectFilter) throws -> [Project] {
        try self.rows.projects.values.filter { project in
            guard let role = try self.role(of: user, in: project.id) else { return false }
            if let roles = filter.onlyWithRoles, !roles.contains(role) { return false }
            if let ids = filter.ids, !ids.contains(project.id) { return false }
            guard let search = filter.search else { return true }
            return project.name.lowercased().contains(search.lowercased())
        }
    }

    func projects(of user: UserID, filter: ProjectFilter, after: PageKey?, limit: Int) throws -> [Project] {
        Self.page(try self.matching(user, filter), after, limit) { PageKey(time: $0.updatedAt, id: $0.id.rawValue) }
    }

    func projectCount(of user: UserID, filter: ProjectFilter) throws -> Int { try self.matching(user, filter).count }

    func role(of user: UserID, in project: ProjectID) throws -> ProjectRole? {
        let key = MemoryRows.RoleKey(project: project, user: user)
        return self.rows.roles[key] ?? (self.rows.localReaders.contains(key) ? .reviewer : nil)
    }

    func collaborators(of project: ProjectID) throws -> [Collaborator] {
        self.rows.roles.filter { $0.key.project == project }
            .map { Collaborator(project: project, user: $0.key.user, role: $0.value) }
            .sorted { (-$0.role.weight, $0.user) < (-$1.role.weight, $1.user) }
    }

    func model(_ id: ModelID, in project: ProjectID) throws -> Model? {
        self.rows.models[.init(project: project, id: id)]
    }

    func model(named name: String, in project: ProjectID) throws -> Model? {
        self.rows.models.values.first { $0.project == project && Self.areSame($0.name, name) }
    }

    private func matching(_ project: ProjectID, _ filter: ModelFilter) throws -> [Model] {
        self.rows.models.values.filter { model in
            guard model.project == project else { return false }
            let versions = self.rows.versions.values.filter { $0.project == project && $0.model == model.id }
            if let search = filter.search, !model.name.lowercased().contains(search.lowercased()) { return false }
            if let ids = filter.ids, !ids.contains(model.id) { return false }
            if filter.excludeIDs?.contains(model.id) == true { return false }
            if filter.onlyWithVersions, versions.isEmpty { return false }
            if model.name == filter.hideEmptyNamed, versions.isEmpty { return false }
            if let apps = filter.sourceApplications,
                !versions.contains(where: { $0.sourceApplication.map(apps.contains) ?? false })
            {
                return false
            }
            if let people = filter.contributors,
                !versions.contains(where: { $0.author.map(people.contains) ?? false })
            {
                return false
            }
            return true
        }
    }

    func models(in project: ProjectID, filter: ModelFilter, after: PageKey?, limit: Int) throws -> [Model] {
        Self.page(try self.matching(project, filter), after, limit) { PageKey(time: $0.updatedAt, id: $0.id.rawValue) }
    }

    func modelCount(in project: ProjectID, filter: ModelFilter) throws -> Int {
        try self.matching(project, filter).count
    }

    func version(_ id: VersionID, in project: ProjectID) throws -> Version? {
        self.rows.versions[.init(project: project, id: id)]
    }

    func versions(
        of model: ModelID, in project: ProjectID, filter: VersionFilter, after: PageKey?, limit: Int
    ) throws -> [Version] {
        let all = self.rows.versions.values.filter { $0.project == project && $0.model == model }
        let first = Set(filter.priorityIDs ?? [])
        func page(_ versions: [Version], _ after: PageKey?, _ limit: Int) -> [Version] {
            Self.page(versions, after, limit) { PageKey(time: $0.createdAt, id: $0.id.rawValue) }
        }
        let priority = after == nil ? page(all.filter { first.contains($0.id) }, nil, limit) : []
        if filter.priorityIDsOnly { return page(all.filter { first.contains($0.id) }, after, limit) }
        return priority + page(all.filter { !first.contains($0.id) }, after, limit - priority.count)
    }

    func versionCount(of model: ModelID, in project: ProjectID, filter: VersionFilter) throws -> Int {
        let ids = Set(filter.priorityIDs ?? [])
        return self.rows.versions.values.count { version in
            version.project == project && version.model == model
                && (!filter.priorityIDsOnly || ids.contains(version.id))
        }
    }

    func allVersions(in project: ProjectID) throws -> [Version] {
        self.rows.versions.values.filter { $0.project == project }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func newestVersions(in project: ProjectID, after: PageKey?, limit: Int) throws -> [Version] {
        Array(
            try self.allVersions(in: project).reversed().filter { version in
                after.map { (version.createdAt, version.id.rawValue) < ($0.time, $0.id) } ?? true
            }.prefix(limit))
    }

    func versionCount(in project: ProjectID) throws -> Int { try self.allVersions(in: project).count }

    func projects(withVersionsBy author: UserID) throws -> [ProjectID] {
        Set(self.rows.versions.values.filter { $0.author == author }.map(\.project)).sorted()
    }

    func versions(
        by author: UserID, in projects: [ProjectID], after: PageKey?, limit: Int
    ) throws -> [Version] {
        let made = self.rows.versions.values.filter { version in
            version.author == author && projects.contains(version.project)
                && (after.map { (version.createdAt, version.id.rawValue) < ($0.time, $0.id) } ?? true)
        }
        return Array(made.sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }.prefix(limit))
    }

    func versionCount(by author: UserID?, in projects: [ProjectID]) throws -> Int {
        self.rows.versions.values.count { version in
            projects.contains(version.project) && author.map { version.author == $0 } ?? true
        }
    }

    func sourceApplications(in project: ProjectID) throws -> [String] {
        Set(self.rows.versions.values.filter { $0.project == project }.compactMap(\.sourceApplication)).sorted()
    }

    func put(_ project: Project) throws { self.rows.projects[project.id] = project }

    func deleteProject(_ id: ProjectID) throws {
        self.rows.projects[id] = nil
        self.rows.activity[id] = nil
        self.rows.roles = self.rows.roles.filter { $0.key.project != id }
        self.rows.invites = self.rows.invites.filter { $0.key.project != id }
        self.rows.accessRequests = self.rows.accessRequests.filter { $0.key.project != id }
        self.rows.ingestions = self.rows.ingestions.filter { $0.key.project != id }
        self.rows.ingestionFiles.removeAll { $0.project == id }
        self.rows.models = self.rows.models.filter { $0.key.project != id }
        self.rows.versions = self.rows.versions.filter { $0.key.project != id }
        self.rows.comments = self.rows.comments.filter { $0.key.project != id }
        self.rows.commentViews[id] = nil
        self.rows.webhooks = self.rows.webhooks.filter { $0.key.project != id }
        for blob in self.rows.blobs.values where blob.project == id {
            self.rows.receivedContents[.init(project: id, id: blob.digest)] = blob.content
        }
        self.rows.blobs = self.rows.blobs.filter { $0.key.project != id }
        self.rows.deletedBlobs = self.rows.deletedBlobs.filter { $0.project != id }
    }

    func put(_ collaborator: Collaborator) throws {
        try Self.require(self.rows.projects[collaborator.project] != nil, "collaborators.project")
        self.rows.roles[.init(project: collaborator.project, user: collaborator.user)] = collaborator.role
    }

    func deleteCollaborator(_ user: UserID, in project: ProjectID) throws {
        self.rows.roles[.init(project: project, user: user)] = nil
    }

    func put(_ model: Model) throws {
        try Self.require(self.rows.projects[model.project] != nil, "models.project")
        let other = try self.model(named: model.name, in: model.project)
        try Self.require(other == nil || other?.id == model.id, "models.name")
        self.rows.models[.init(project: model.project, id: model.id)] = model
    }

    func deleteModel(_ id: ModelID, in project: ProjectID) throws {
        self.rows.models[.init(project: project, id: id)] = nil
        self.rows.versions = self.rows.versions.filter { $0.key.project != project || $0.value.model != id }
    }

    func put(_ version: Version) throws {
        try Self.require(try self.model(version.model, in: version.project) != nil, "versions.model")
        self.rows.versions[.init(project: version.project, id: version.id)] = version
    }

    func deleteVersion(_ id: VersionID, in project: ProjectID) throws {
        self.rows.versions[.init(project: project, id: id)] = nil
    }

    /// Names are compared as a database does: byte for byte.
    private static func areSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    static func page<Item>(
        _ items: some Sequence<Item>, _ after: PageKey?, _ limit: Int, key: (Item) -> PageKey
    ) -> [Item] {
        let sorted = items.map { (key($0), $0) }.sorted { ($0.0.time, $0.0.id) > ($1.0.time, $1.0.id) }
        let rest = sorted.drop { item, _ in after.map { (item.time, item.id) >= ($0.time, $0.id) } ?? false }
        return rest.prefix(max(0, limit)).map(\.1)
    }
}
