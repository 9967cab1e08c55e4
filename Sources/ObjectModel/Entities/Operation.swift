/// The log that an operation belongs to. Logs are independent: order is meaningful within one scope only.
public enum LogScope: Hashable, Sendable {
    case server
    case project(ProjectID)

    /// The scope that sync asks for by the name of a project.
    public init(_ project: ProjectID) {
        self = project == .server ? .server : .project(project)
    }

    /// The name that sync asks for it by.
    public var name: ProjectID {
        switch self {
        case .server: .server
        case .project(let project): project
        }
    }
}

extension ProjectID {
    /// Stands for people and tokens where sync asks for a project by name. No project has an id like this.
    public static let server = ProjectID(rawValue: "server")
}

/// One metadata write, as it stands in a log and as it travels between nodes.
///
/// `body` is kept byte-identical everywhere, even by a node that does not understand it.
public struct Operation: Equatable, Sendable {
    public var scope: LogScope
    /// The node that accepted the write.
    public var origin: NodeID
    /// Dense per scope and origin, from 1.
    public var sequence: UInt64
    public var timestamp: Timestamp
    /// Who asked for the write; `nil` for the server itself.
    public var actor: UserID?
    public var body: [UInt8]

    public init(
        scope: LogScope, origin: NodeID, sequence: UInt64, timestamp: Timestamp, actor: UserID?, body: [UInt8]
    ) {
        self.scope = scope
        self.origin = origin
        self.sequence = sequence
        self.timestamp = timestamp
        self.actor = actor
        self.body = body
    }
}

extension Operation {
    /// Tells the operation from another one of the same number: 16 digits of the SHA-256 of its time (8 bytes, big-endian),
    /// its actor, a zero and its body (Spec §9.4).
    public var fingerprint: String {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: self.timestamp.millisecondsSinceEpoch.bigEndian) { bytes.append(contentsOf: $0) }
        bytes += Array((self.actor?.rawValue ?? "").utf8) + [0] + self.body
        return String(bytes.withUnsafeBytes { ContentHash(of: $0) }.description.prefix(16))
    }
}
