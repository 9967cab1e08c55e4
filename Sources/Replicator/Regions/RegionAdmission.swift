public import ObjectModel
import SyncProtocol
public import SyncTransport

/// Lists further nodes in the organisation's roster, by invitation (Spec §20.4).
public protocol RegionAdmission: Sendable {
    /// Whether an invitation of this node holds now.
    func accepts(_ invitation: String) async throws -> Bool

    /// Lists `node` and uses the invitation up. A node that is listed so already stays.
    ///
    /// - Returns: the roster that lists it, durably taken by this node.
    /// - Throws: ``SyncProtocol/SyncError`` when the node cannot be listed so.
    func admit(_ node: RosterNode, by invitation: String) async throws -> Roster
}

/// Asks to be listed (Spec §20.4).
public enum RegionJoin {
    /// - Returns: the version of the roster that lists the node.
    public static func run(_ node: RosterNode, on connection: SyncConnection) async throws -> UInt64 {
        var machine = JoinClient(JoinMessage(node))
        return try await connection.ask(machine.request) { header, payload in
            switch machine.received(header, payload: payload) {
            case .joined(let message): return message.version
            case .fail(let error): throw error
            }
        }
    }
}
