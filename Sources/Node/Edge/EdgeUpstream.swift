public import HTTPTypes
public import Hummingbird
public import ObjectModel

/// What an edge asks its region for.
public protocol EdgeUpstream: Sendable {
    /// Passes a request on to the region's API.
    ///
    /// - Parameter lease: the signed lease that it is made by, in place of a token.
    /// - Throws: ``StorageError/unreachable`` when it was not sent; ``AnswerLost`` when it may have been taken.
    func call(_ request: HTTPRequest, body: RequestBody?, by lease: [UInt8]?) async throws -> Response

    /// As ``call(_:body:by:)``, for an answer that goes on for as long as somebody reads it. There is one at a time.
    func listen(_ request: HTTPRequest) async throws -> Response

    /// Asks what whoever shows `token` may do; `nil` is everybody.
    ///
    /// - Parameters:
    ///   - project: as somebody wrote it; it need not be an id.
    ///   - token: as somebody wrote it.
    /// - Returns: `nil` when he may nothing.
    /// - Throws: ``StorageError/unreachable``.
    func lease(on project: ProjectID, for token: String?) async throws -> SignedLease?

    /// Asks for a lease of the same person again, by one that was given before.
    ///
    /// - Returns: `nil` when he may nothing any more.
    /// - Throws: ``StorageError/unreachable``.
    func renew(_ lease: [UInt8], on project: ProjectID) async throws -> SignedLease?

    /// The lease that was signed; `nil` when it does not count any more.
    func verified(_ signed: [UInt8]) -> Lease?

    /// Counts the connections to regions: one forgets what was leased by another. `nil` when none is connected.
    var connectionNumber: Int? { get }

    /// When the region answered last, by its clock; `nil` while it has not.
    var lastHeard: Timestamp? { get }

    /// The name of the region that is connected; `nil` when none is.
    var regionName: String? { get }
}

/// A request was passed on, and no whole answer came: nobody knows whether it was taken.
public struct AnswerLost: Error {
    public init() {}
}

/// A lease and the signed form of it.
public struct SignedLease: Equatable, Sendable {
    public var lease: Lease
    /// As it is kept, and shown to a region.
    public var signed: [UInt8]

    public init(lease: Lease, signed: [UInt8]) {
        self.lease = lease
        self.signed = signed
    }
}

/// Brings what was uploaded to an edge to its region.
public protocol EdgeUploads: Sendable {
    /// Something was uploaded.
    func uploaded(to project: ProjectID) async
    /// Projects with uploads that the region may not have.
    var projects: Set<ProjectID> { get async }
    /// Returns when the region has everything that was uploaded to the project.
    ///
    /// - Throws: ``StorageError/unreachable``; what pushing throws.
    func flush(_ project: ProjectID) async throws
}
