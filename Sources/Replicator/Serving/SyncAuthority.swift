public import ObjectModel
public import Storage

/// Who may do what, as the node's API decides it.
public protocol SyncAuthority: Sendable {
    associatedtype Peer: Sendable

    /// The person behind a bearer token; `nil` when it is not valid.
    func peer(token: String) async throws -> Peer?

    /// The same person as the token stands for it now; `nil` when it is not valid any more.
    func current(_ peer: Peer) async throws -> Peer?

    /// Names the person, whatever the token.
    func key(of peer: Peer) -> String

    func access(of peer: Peer, to project: ProjectID) async throws -> ProjectAccess

    /// Publishes versions and files in the name of `peer`.
    ///
    /// - Throws: ``DomainError`` when the rules refuse it.
    func publish(
        _ publications: [Publication], in project: ProjectID, by peer: Peer
    ) async throws -> Publish.Outcome
}

/// What a peer may do with one project.
public enum ProjectAccess: Comparable, Sendable {
    /// The project is unknown, or must seem so.
    case none
    case read
    case write
}
