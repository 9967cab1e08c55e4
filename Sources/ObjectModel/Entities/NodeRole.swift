/// What a node is (Spec §6.2). Unknown numbers survive.
public struct NodeRole: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Keeps a copy for one person or program; never writes a log of its own.
    public static let client = Self(rawValue: 0)
    /// Writes logs and serves clients.
    public static let region = Self(rawValue: 1)
    /// Caches for clients and forwards their writes.
    public static let edge = Self(rawValue: 2)

    private static let names: [Self: String] = [.client: "client", .region: "region", .edge: "edge"]

    /// As people write it; the number of an unknown one.
    public var name: String { Self.names[self] ?? "\(self.rawValue)" }

    /// The role that people write so; `nil` when there is none.
    public init?(name: String) {
        guard let role = Self.names.first(where: { $0.value == name })?.key else { return nil }
        self = role
    }
}
