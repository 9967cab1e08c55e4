public import NIOCore

/// Another protocol that a connection to the API can change to (RFC 9110, 7.8).
public struct ProtocolUpgrade: Sendable {
    /// Serves one connection to its end.
    public typealias Run = @Sendable () async -> Void

    /// As it stands in the header `Upgrade`.
    public var name: String
    /// The path that is asked for it.
    public var path: String
    /// Prepares a connection whose bytes belong to the other protocol from now on. Runs on the channel's event loop.
    public var prepare: @Sendable (any Channel) throws -> Run

    public init(name: String, path: String, prepare: @escaping @Sendable (any Channel) throws -> Run) {
        self.name = name
        self.path = path
        self.prepare = prepare
    }
}
