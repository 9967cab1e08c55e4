import ObjectModel
import Storage

/// Says whether edges do only what their leases allow, and whether what they accepted is where it must be.
struct EdgeJudge {
    /// A lease that a region gave: when it really was asked for, and of which start of the machine.
    private struct Given {
        let lease: Lease
        let askedAt: Int64
        let bootCount: Int
    }

    /// A version that an edge acknowledged.
    private struct Accepted {
        let edge: Int
        let version: QueuedVersion
    }

    private var given: [Given] = []
    private var accepted: [Accepted] = []

    /// - Returns: the signed form of the lease.
    mutating func note(_ lease: Lease, askedAt: Int64, _ edge: SimulatedEdge) -> [UInt8] {
        self.given.append(Given(lease: lease, askedAt: askedAt, bootCount: edge.bootCount))
        return Array("\(self.given.count - 1)".utf8)
    }

    private func given(_ signed: [UInt8]) -> Given? {
        Int(String(decoding: signed, as: UTF8.self)).map { self.given[$0] }
    }

    func verified(_ signed: [UInt8]) -> Lease? { self.given(signed)?.lease }

    /// An edge acts by a lease now.
    func requireLease(_ held: HeldLease, of key: LeaseKey, at edge: SimulatedEdge, _ now: Int64) throws {
        guard let given = self.given(held.signed), given.lease == held.lease, given.lease.edge == edge.node else {
            throw SimulationFailure("an edge acts by a lease that nobody gave it")
        }
        guard given.lease.project == key.project, given.lease.holder?.tokenDigest == key.tokenDigest else {
            throw SimulationFailure("an edge acts by a lease of another token or project")
        }
        let age = now - given.askedAt
        // Across a start of the machine it has the time of day only, which may be wrong.
        guard given.bootCount != edge.bootCount || age < Int64(given.lease.seconds) * 1000 else {
            throw SimulationFailure("an edge acts by a lease that has ended")
        }
        guard edge.connection == nil || age < 60_000 else {
            throw SimulationFailure("an edge acts by an old lease although the region can be asked")
        }
    }

    /// A region takes objects of an edge now.
    func requirePush(into project: ProjectID, of edge: SimulatedEdge, _ now: Int64) throws {
        let allows = self.given.contains { given in
            given.lease.edge == edge.node && given.lease.project == project && given.lease.access == .write
                && now - given.askedAt < Int64(given.lease.seconds) * 1000
        }
        guard allows else { throw SimulationFailure("a region takes objects of an edge without a lease") }
    }

    mutating func accept(_ version: QueuedVersion, at edge: SimulatedEdge) {
        self.accepted.append(Accepted(edge: edge.number, version: version))
    }

    /// Its author gave a version up that the region did not take.
    mutating func giveUp(_ version: VersionID) { self.accepted.removeAll { $0.version.id == version } }

    /// A region made a version of an entry just now.
    ///
    /// - Parameter logs: of the project.
    func requireVersion(
        _ entry: OutboxEntry, of edge: SimulatedEdge, _ operation: Operation, _ logs: [NodeID: [Operation]]
    ) throws {
        let queued = entry.version
        let content = OperationContent(decoding: operation.body)
        guard case .versionCreated(let version) = content.body, version.id == queued.id,
            version.root == .object(queued.rootObject), operation.actor == self.verified(entry.lease)?.holder?.person
        else { throw SimulationFailure("a region makes something else of what an edge accepted") }
        guard edge.disk.outbox.first(where: { $0.problem == nil })?.version.id == queued.id else {
            throw SimulationFailure("versions of an edge come out of their order")
        }
        let before = logs.mapValues { $0.filter { Dot($0) != Dot(operation) } }
        let seen = Set(queued.seenVersions + queued.parents)
        let set = OperationSet(before)
        let made = OperationSet.Entry(operation: operation, body: .versionCreated(version), context: content.context)
        let heads = set.values { body -> VersionID? in
            if case .versionCreated(let version) = body, version.model == queued.model { version.id } else { nil }
        }
        for head in heads where !seen.contains(head.content) {
            guard made.saw(head.entry) == (queued.seenUntil.map { head.stamp.timestamp <= $0 } ?? true) else {
                throw SimulationFailure("a version of an edge takes the place of what its author had not seen")
            }
        }
    }

    /// A region did not take an entry.
    ///
    /// - Parameter mayLackObjects: whether the region lost what it had been given.
    func requireReason(_ reason: String, mayLackObjects: Bool) throws {
        guard mayLackObjects || !reason.contains("is not in the project") else {
            throw SimulationFailure("a region lacks objects of a version that an edge brings")
        }
    }

    /// A region was put back: what nobody else has is lost with its disk.
    mutating func forget(_ edges: [SimulatedEdge], _ counts: [VersionID: Int]) {
        self.accepted.removeAll { accepted in
            counts[accepted.version.id] == nil && !edges[accepted.edge].isQueued(accepted.version.id)
        }
    }

    /// Each version is where it must be: at the end faults have stopped.
    ///
    /// - Parameter counts: operations that there are, by the version that they make.
    func settle(_ edges: [SimulatedEdge], _ counts: [VersionID: Int]) throws {
        for accepted in self.accepted {
            let (id, edge) = (accepted.version.id, edges[accepted.edge])
            switch counts[id, default: 0] {
            case 0:
                guard edge.isQueued(id) else {
                    throw SimulationFailure("version \(id) was accepted by an edge and is lost")
                }
            case 1: continue
            default: throw SimulationFailure("version \(id) was made twice")
            }
        }
        for edge in edges where edge.region.mayWrite {
            guard edge.disk.outbox.allSatisfy({ $0.problem != nil }) else {
                throw SimulationFailure("a version waits at an edge for nothing")
            }
        }
    }
}

extension SimulatedEdge {
    func isQueued(_ version: VersionID) -> Bool { self.disk.outbox.contains { $0.version.id == version } }
}
