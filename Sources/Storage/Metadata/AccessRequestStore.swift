public import ObjectModel

/// Requests for a role in a project that nobody has answered.
public protocol AccessRequestReading {
    func accessRequest(_ id: AccessRequestID) throws -> AccessRequest?
    func accessRequest(by user: UserID, to project: ProjectID) throws -> AccessRequest?
    /// Newest first.
    func accessRequests(to project: ProjectID) throws -> [AccessRequest]
}

/// A request for an absent project is an error.
public protocol AccessRequestWriting {
    /// Inserts or replaces by project and person.
    func put(_ request: AccessRequest) throws
    func deleteAccessRequest(by user: UserID, to project: ProjectID) throws
}
