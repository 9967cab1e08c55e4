import ObjectModel
import Storage
import StorageTestKit

/// What a region does for its edges.
extension SimulatedRegion {
    /// The machine's clock, which nobody sets.
    private static let start = ContinuousClock.now

    private func instant(_ now: Int64) -> ContinuousClock.Instant { Self.start + .milliseconds(now) }

    /// - Parameter person: whose token it was; here a revoked one may be given to somebody else.
    private static func owner(
        of token: TokenID, _ person: UserID?, _ project: ProjectID, _ rows: any MetadataReading
    ) throws -> (owner: UserID, access: Lease.Access)? {
        guard let owner = try rows.token(token)?.owner, owner == person ?? owner, try rows.project(project) != nil,
            let role = try rows.role(of: owner, in: project)
        else { return nil }
        return (owner, role.weight >= ProjectRole.contributor.weight ? .write : .read)
    }

    private func admits(edge: NodeID, to project: ProjectID) async throws -> Bool {
        let node = RosterNode(id: edge, name: "edge", role: .edge, region: "")
        return try await self.store.read { try $0.admits(node, to: project) }
    }

    /// Answers LEASE; `nil` is a refusal.
    func lease(
        on project: ProjectID, for token: TokenID, of person: UserID? = nil, at edge: NodeID, seconds: UInt64,
        _ now: Int64
    ) async throws -> Lease? {
        guard let found = try await self.store.read({ try Self.owner(of: token, person, project, $0) }),
            try await self.admits(edge: edge, to: project)
        else { return nil }
        self.given.note(found.access, to: project, at: edge, seconds: seconds, now: self.instant(now))
        let holder = Lease.Holder(
            person: found.owner, name: nil, tokenDigest: ContentHash(of: token.rawValue), tokenID: token)
        return Lease(
            region: self.node, edge: edge, project: project, holder: holder, access: found.access,
            issuedAt: self.clock.now, seconds: seconds)
    }

    /// Whether an edge may push objects.
    func takesObjects(of edge: NodeID, in project: ProjectID, _ now: Int64) async throws -> Bool {
        guard self.given.access(of: edge, to: project, now: self.instant(now)) == .write else { return false }
        return try await self.admits(edge: edge, to: project)
    }

    /// Answers to a version that an edge brings, with a status and the reason of a refusal.
    func put(
        _ version: QueuedVersion, by token: TokenID, of person: UserID
    ) async throws -> (status: Int, reason: String) {
        guard self.mayWrite else { return (503, "The region hears the others first.") }
        let project = version.project
        let found = try await self.store.read { try Self.owner(of: token, person, project, $0) }
        guard let found, found.access == .write else { return (403, "Forbidden.") }
        do {
            let isNew = try await self.service.perform(PutVersion(version), actor: found.owner)
            return (isNew ? 201 : 204, "")
        } catch let error as DomainError {
            return (400, error.message)
        }
    }
}
