public import ObjectModel
public import Storage
import SyncProtocol
public import SyncTransport

/// A node that a project is copied from.
public struct ProjectSource: Equatable, Sendable {
    public let node: NodeID
    /// In the order in which to try them; at least one.
    public let ways: [SyncDialler.Target]

    public init(node: NodeID, ways: [SyncDialler.Target]) {
        precondition(!ways.isEmpty, "no way to the node")
        self.node = node
        self.ways = ways
    }

    /// - Parameters:
    ///   - address: where the node is; `nil` when the roster says it.
    ///   - token: `nil` when this node proves itself by its certificate.
    ///   - roster: the nodes that this one knows, if any.
    /// - Throws: ``SourceUnknown``.
    init(_ node: NodeID, at address: NodeAddress?, token: String?, by roster: Roster?) throws(SourceUnknown) {
        let listed = roster?.node(node)
        if let roster, listed == nil, token == nil {  // NODE-8
            throw SourceUnknown(text: "the roster, version \(roster.version), does not list the node \(node)")
        }
        guard let addresses = address.map({ [$0] }) ?? listed?.addresses, !addresses.isEmpty else {
            throw SourceUnknown(text: "the roster has no address of \(listed?.name ?? node.rawValue)")
        }
        let credential = token.map(Credential.token) ?? .certificate
        self.init(node: node, ways: addresses.map { SyncDialler.Target($0, node: node, credential: credential) })
    }
}

extension Mirror {
    /// The node that the project is copied from in the first place.
    ///
    /// - Throws: ``SourceUnknown``.
    public func source(by roster: Roster?) throws(SourceUnknown) -> ProjectSource {
        try ProjectSource(self.sourceNode, at: self.sourceAddress, token: self.sourceToken, by: roster)
    }
}

extension MirrorSource {
    /// - Throws: ``SourceUnknown``.
    public func source(by roster: Roster?) throws(SourceUnknown) -> ProjectSource {
        try ProjectSource(self.node, at: self.address, token: self.token, by: roster)
    }
}

extension Replica {
    /// The nodes that a project is copied from, the preferred one first; `nil` when it is no mirror. Those that the roster
    /// is needed for and does not know are left out.
    ///
    /// - Throws: ``SourceUnknown`` when none is left.
    public func sources(of project: ProjectID, by roster: Roster?) async throws -> [ProjectSource]? {
        let rows = try await self.metadata.read { rows in
            (try rows.mirror(of: project), try rows.mirrorSources(of: project))
        }
        guard let mirror = rows.0 else { return nil }
        let further = rows.1.compactMap { try? $0.source(by: roster) }
        guard further.isEmpty else { return [try? mirror.source(by: roster)].compactMap(\.self) + further }
        return [try mirror.source(by: roster)]
    }
}

extension SyncDialler {
    /// Connects by the first way that leads to the node (``withConnection(toFirstOf:_:)``).
    public func withConnection<Result: Sendable>(
        to source: ProjectSource, _ body: @escaping @Sendable (SyncConnection) async throws -> Result
    ) async throws -> Result {
        try await self.withConnection(toFirstOf: source.ways, body)
    }
}

/// Why nobody can be asked for a project.
public struct SourceUnknown: Error, Equatable, Sendable, CustomStringConvertible {
    var text: String

    public var description: String { self.text }
}
