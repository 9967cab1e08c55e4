/// Somebody asks for a role in a project. Each person asks once at a time.
public struct AccessRequest: Equatable, Sendable, Codable {
    public var project: ProjectID
    public var requester: UserID
    public var createdAt: Timestamp

    public init(project: ProjectID, requester: UserID, createdAt: Timestamp) {
        self.project = project
        self.requester = requester
        self.createdAt = createdAt
    }

    /// The same at every node, also when the person asks in two of them: 20 digits of the SHA-256 of both ids.
    public var id: AccessRequestID {
        let text = "\(self.project) \(self.requester)"
        let hash = Array(text.utf8).withUnsafeBytes { ContentHash(of: $0) }
        return AccessRequestID(rawValue: String(hash.description.prefix(20)))
    }
}
