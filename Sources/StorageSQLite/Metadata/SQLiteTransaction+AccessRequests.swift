import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func accessRequest(_ id: AccessRequestID) throws -> AccessRequest? {
        try self.one("SELECT * FROM access_requests WHERE id = ?", [id.rawValue], Self.accessRequest)
    }

    func accessRequest(by user: UserID, to project: ProjectID) throws -> AccessRequest? {
        try self.one(
            "SELECT * FROM access_requests WHERE project = ? AND requester = ?", [project.rawValue, user.rawValue],
            Self.accessRequest)
    }

    func accessRequests(to project: ProjectID) throws -> [AccessRequest] {
        try self.all(
            "SELECT * FROM access_requests WHERE project = ? ORDER BY created_at DESC, requester DESC",
            [project.rawValue], Self.accessRequest)
    }

    private static func accessRequest(_ row: Row) -> AccessRequest {
        AccessRequest(
            project: ProjectID(rawValue: row["project"]), requester: UserID(rawValue: row["requester"]),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    func put(_ request: AccessRequest) throws {
        try self.run(
            """
            INSERT INTO access_requests VALUES (?, ?, ?, ?)
            ON CONFLICT (project, requester) DO UPDATE SET created_at = excluded.created_at
            """,
            [
                request.project.rawValue, request.requester.rawValue, request.id.rawValue,
                request.createdAt.millisecondsSinceEpoch,
            ])
    }

    func deleteAccessRequest(by user: UserID, to project: ProjectID) throws {
        try self.run(
            "DELETE FROM access_requests WHERE project = ? AND requester = ?", [project.rawValue, user.rawValue])
    }
}
