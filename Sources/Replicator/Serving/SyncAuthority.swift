public import ObjectModel
public import Storage

/// What people may do, as the node's API decides it.
public protocol SyncAuthority: Sendable {
    associatedtype Person: Sendable

    /// The person behind a bearer token; `nil` when it is not valid.
    func person(token: String) async throws -> Person?

    /// The same person as the token stands for it now; `nil` when it is not valid any more.
    func current(_ person: Person) async throws -> Person?

    /// The person behind the token that a lease was given for; `nil` when it is not valid any more.
    func person(of holder: Lease.Holder) async throws -> Person?

    /// Names the person, whatever the token.
    func key(of person: Person) -> String

    /// - Parameter person: `nil` for everybody.
    func access(of person: Person?, to project: ProjectID) async throws -> ProjectAccess

    /// What a lease says of the person and of the token that was shown.
    func holder(of person: Person, showing token: String) -> Lease.Holder

    /// Publishes versions and files in the name of `person`.
    ///
    /// - Throws: ``DomainError`` when the rules refuse it.
    func publish(
        _ publications: [Publication], in project: ProjectID, by person: Person
    ) async throws -> Publish.Outcome
}

/// Who a peer acts for.
public enum SyncPeer<Person: Sendable>: Sendable {
    case person(Person)
    /// A node of the roster.
    case node(NodeID)
    /// A node that is to be listed, with its invitation.
    case invited(String)
}

/// What a peer may do with one project.
public enum ProjectAccess: Comparable, Sendable {
    /// The project is unknown, or must seem so.
    case none
    case read
    case write
}
