public import ObjectModel

/// Look-ups for many at a time, each in one statement however many they are. What is unknown is left out.
public protocol BatchReading {
    func users(_ ids: Set<UserID>) throws -> [UserID: User]
    func projects(_ ids: Set<ProjectID>) throws -> [ProjectID: Project]
    /// As ``ProjectReading/role(of:in:)``.
    func roles(of user: UserID, in projects: Set<ProjectID>) throws -> [ProjectID: ProjectRole]
    /// As ``ProjectReading/collaborators(of:)``.
    func collaborators(ofEach projects: Set<ProjectID>) throws -> [ProjectID: [Collaborator]]
    /// As ``ProjectReading/sourceApplications(in:)``.
    func sourceApplications(inEach projects: Set<ProjectID>) throws -> [ProjectID: [String]]
    func versions(_ ids: Set<VersionID>, in project: ProjectID) throws -> [VersionID: Version]
    func blobs(_ ids: Set<BlobID>, in project: ProjectID) throws -> [BlobID: Blob]
    func models(_ ids: Set<ModelID>, in project: ProjectID) throws -> [ModelID: Model]
    /// At most `limit` of each model, newest first.
    func versions(ofEach models: Set<ModelID>, in project: ProjectID, after: PageKey?, limit: Int) throws
        -> [ModelID: [Version]]
    func versionCounts(ofEach models: Set<ModelID>, in project: ProjectID) throws -> [ModelID: Int]
}
