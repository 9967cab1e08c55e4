import ObjectModel
import Storage

extension MemoryTransaction {
    func accessRequest(_ id: AccessRequestID) throws -> AccessRequest? {
        self.rows.accessRequests.values.first { $0.id == id }
    }

    func accessRequest(by user: UserID, to project: ProjectID) throws -> AccessRequest? {
        self.rows.accessRequests[.init(project: project, user: user)]
    }

    func accessRequests(to project: ProjectID) throws -> [AccessRequest] {
        self.rows.accessRequests.values.filter { $0.project == project }
            .sorted { ($1.createdAt, $1.requester) < ($0.createdAt, $0.requester) }
    }

    func put(_ request: AccessRequest) throws {
        try Self.require(self.rows.projects[request.project] != nil, "access_requests.project")
        self.rows.accessRequests[.init(project: request.project, user: request.requester)] = request
    }

    func deleteAccessRequest(by user: UserID, to project: ProjectID) throws {
        self.rows.accessRequests[.init(project: project, user: user)] = nil
    }
}
