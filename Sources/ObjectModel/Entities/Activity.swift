/// What one entry of a project's activity says: who and when stand beside it.
public struct ActivityFacts: Hashable, Sendable, Codable {
    /// What was done, by Speckle's name: `commit_create` and the like.
    public var action: String
    /// What it was done to: `stream`, `branch`, `commit` and the like.
    public var resourceType: String
    public var resourceID: String
    /// What else is told of it; short texts.
    public var info: [String: String]

    private enum CodingKeys: String, CodingKey {
        case action, info
        case resourceType = "type"
        case resourceID = "id"
    }

    public init(action: String, resourceType: String, resourceID: String, info: [String: String] = [:]) {
        self.action = action
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.info = info
    }
}

/// One entry of a project's activity. It is the same at every node.
public struct Activity: Equatable, Sendable {
    /// Twenty hexadecimal digits.
    public var id: String
    public var project: ProjectID
    /// Where it stands among others: microseconds since 1970-01-01T00:00:00Z, of which those below a millisecond only tell
    /// entries of one moment apart.
    public var position: Int64
    /// `nil` for the server itself, and for what nobody did.
    public var actor: UserID?
    public var facts: ActivityFacts

    public init(id: String, project: ProjectID, position: Int64, actor: UserID?, facts: ActivityFacts) {
        self.id = id
        self.project = project
        self.position = position
        self.actor = actor
        self.facts = facts
    }

    /// The last moment that a position can name, and the first one, in milliseconds.
    private static let millisecondsMax = Int64.max / 1000 - 1

    /// - Parameter place: 0 to 999, among entries of one moment.
    public static func position(_ time: Timestamp, _ place: Int64) -> Int64 {
        min(max(time.millisecondsSinceEpoch, -self.millisecondsMax), self.millisecondsMax) * 1000 + place
    }

    public var time: Timestamp {
        let (whole, rest) = self.position.quotientAndRemainder(dividingBy: 1000)
        return Timestamp(millisecondsSinceEpoch: rest < 0 ? whole - 1 : whole)
    }
}
