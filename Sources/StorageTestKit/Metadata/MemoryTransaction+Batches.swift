import ObjectModel
import Storage

/// Many at a time are one after the other here.
extension MemoryTransaction {
    func users(_ ids: Set<UserID>) throws -> [UserID: User] { try Self.each(ids) { try self.user($0) } }

    func projects(_ ids: Set<ProjectID>) throws -> [ProjectID: Project] {
        try Self.each(ids) { try self.project($0) }
    }

    func roles(of user: UserID, in projects: Set<ProjectID>) throws -> [ProjectID: ProjectRole] {
        try Self.each(projects) { try self.role(of: user, in: $0) }
    }

    func collaborators(ofEach projects: Set<ProjectID>) throws -> [ProjectID: [Collaborator]] {
        try Self.each(projects) { try self.collaborators(of: $0) }
    }

    func sourceApplications(inEach projects: Set<ProjectID>) throws -> [ProjectID: [String]] {
        try Self.each(projects) { try self.sourceApplications(in: $0) }
    }

    func versions(_ ids: Set<VersionID>, in project: ProjectID) throws -> [VersionID: Version] {
        try Self.each(ids) { try self.version($0, in: project) }
    }

    func blobs(_ ids: Set<BlobID>, in project: ProjectID) throws -> [BlobID: Blob] {
        try Self.each(ids) { try self.blob($0, in: project) }
    }

    func models(_ ids: Set<ModelID>, in project: ProjectID) throws -> [ModelID: Model] {
        try Self.each(ids) { try self.model($0, in: project) }
    }

    func versions(
        ofEach models: Set<ModelID>, in project: ProjectID, after: PageKey?, limit: Int
    ) throws -> [ModelID: [Version]] {
        try Self.each(models) {
            try self.versions(of: $0, in: project, filter: VersionFilter(), after: after, limit: limit)
        }
    }

    func versionCounts(ofEach models: Set<ModelID>, in project: ProjectID) throws -> [ModelID: Int] {
        try Self.each(models) {
            let count = try self.versionCount(of: $0, in: project, filter: VersionFilter())
            return count == 0 ? nil : count
        }
    }

    static func each<Key: Hashable, Value>(
        _ keys: Set<Key>, _ value: (Key) throws -> Value?
    ) rethrows -> [Key: Value] {
        try keys.reduce(into: [:]) { $0[$1] = try value($1) }
    }
}
