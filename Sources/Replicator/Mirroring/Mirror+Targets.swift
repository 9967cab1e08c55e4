public import ObjectModel
public import Storage
import SyncProtocol
public import SyncTransport

extension Mirror {
    /// The ways to the node that the project is copied from, in the order in which to try them; at least one.
    ///
    /// - Parameter roster: the nodes that this one knows, if any.
    /// - Throws: ``SourceUnknown``.
    public func targets(by roster: Roster?) throws(SourceUnknown) -> [SyncDialler.Target] {
        let listed = roster?.node(self.sourceNode)
        if let roster, listed == nil, self.sourceToken == nil {  // NODE-8
            throw SourceUnknown(
                text: "the roster, version \(roster.version), does not list the node \(self.sourceNode)")
        }
        guard let addresses = self.sourceAddress.map({ [$0] }) ?? listed?.addresses, !addresses.isEmpty else {
            throw SourceUnknown(text: "the roster has no address of \(listed?.name ?? self.sourceNode.rawValue)")
        }
        let credential = self.sourceToken.map(Credential.token) ?? .certificate
        return addresses.map { SyncDialler.Target($0, node: self.sourceNode, credential: credential) }
    }
}

/// Why nobody can be asked for a project.
public struct SourceUnknown: Error, Equatable, Sendable, CustomStringConvertible {
    var text: String

    public var description: String { self.text }
}
