import ObjectModel
import Storage
import StorageTestKit

/// Edges, and those who write at them.
extension Simulation {
    func workEdges() async throws {
        let edge = self.pick(self.edges)
        switch Int.random(in: 0..<24, using: &self.random) {
        case 0, 1: try await self.signIn(at: edge.region)
        case 2..<8: try await self.write(at: edge)
        case 8..<20:
            for _ in 0..<Int.random(in: 1...8, using: &self.random) { try await self.deliver(edge) }
        case 20, 21: self.disturb(edge)
        case 22: edge.isOffline.toggle()
        default: try self.decide(at: edge)
        }
    }

    private func disturb(_ edge: SimulatedEdge) {
        switch Int.random(in: 0..<6, using: &self.random) {
        case 0: edge.reboot(self.now)
        case 1: edge.skew = Int64.random(in: -600_000...600_000, using: &self.random)
        case 2, 3: self.now += Int64.random(in: 5_000...100_000, using: &self.random)
        default: self.crash(edge)
        }
    }

    private func crash(_ edge: SimulatedEdge) {
        self.count(.edgeCrash)
        self.note("edge \(edge.number) ends and starts again")
        edge.crash()
    }

    /// Somebody who may write to a project gets a token.
    private func signIn(at region: SimulatedRegion) async throws {
        guard region.mayWrite, let project = try await self.project(at: region) else { return }
        let people = try await region.store.read { try $0.collaborators(of: project) }
        guard let person = people.map(\.user).sorted().randomElement(using: &self.random) else { return }
        let number = Int.random(in: 1...20, using: &self.random)
        try await self.write(at: region) { _ in try await region.signIn(person, number) }
        self.logins.append((Fixture.id(number), project))
    }

    private func project(at region: SimulatedRegion) async throws -> ProjectID? {
        try await region.store.read { try $0.allProjects() }.sorted().randomElement(using: &self.random)
    }

    // MARK: Leases

    /// The lease that whoever shows a token may act by now.
    private func lease(at edge: SimulatedEdge, _ key: LeaseKey, _ token: TokenID) async throws -> HeldLease? {
        let (judge, now) = (self.edgeJudge, edge.reading(self.now))
        let held = edge.heldLease(key) { disk in
            guard let kept = disk.leases[key], let lease = judge.verified(kept.signed), HeldLease.matches(lease, key)
            else { return nil }
            return HeldLease(lease: lease, signed: kept.signed, askedAt: kept.askedAt, connection: nil)
        }
        guard let held, !held.hasEnded(at: now) else { return try await self.ask(edge, key, token) }
        switch held.use(.write, at: now, connection: edge.connection) {
        case .act: return held
        case .renew:
            _ = try await self.ask(edge, key, token)
            return held
        case .ask: return edge.connection == nil ? held : try await self.ask(edge, key, token)
        case .askForMore: return try await self.ask(edge, key, token)
        }
    }

    /// - Returns: `nil` when the region refuses one or cannot be asked.
    private func ask(_ edge: SimulatedEdge, _ key: LeaseKey, _ token: TokenID) async throws -> HeldLease? {
        guard let connection = edge.connection else { return nil }
        let given = try await self.renew(edge, key.project, token)
        let held = given.map {
            HeldLease(lease: $0.lease, signed: $0.signed, askedAt: edge.reading(self.now), connection: connection)
        }
        try edge.keep(held, at: key)
        return held
    }

    private func renew(
        _ edge: SimulatedEdge, _ project: ProjectID, _ token: TokenID, of person: UserID? = nil
    ) async throws -> (lease: Lease, signed: [UInt8])? {
        let lease = try await edge.region.lease(
            on: project, for: token, of: person, at: edge.node, seconds: self.leaseSeconds, self.now)
        edge.hear()
        return lease.map { ($0, self.edgeJudge.note($0, askedAt: self.now, edge)) }
    }

    // MARK: Writing at an edge

    /// Somebody uploads a tree and makes a version of it.
    private func write(at edge: SimulatedEdge) async throws {
        guard !self.logins.isEmpty else { return }
        let (token, project) = self.pick(self.logins)
        let key = LeaseKey(tokenDigest: ContentHash(of: token.rawValue), project: project)
        if self.chance(6) { edge.fail(Bool.random(using: &self.random) ? .beforeCommit : .afterCommit) }
        defer { edge.fail(nil) }
        do {
            guard let lease = try await self.lease(at: edge, key, token), lease.lease.access == .write else {
                return self.count(.edgeRefusal)
            }
            try self.edgeJudge.requireLease(lease, of: key, at: edge, self.now)
            let models = try await edge.region.store.read {
                try $0.models(in: project, filter: .init(), after: nil, limit: 99)
            }
            guard let model = models.map(\.id).sorted().randomElement(using: &self.random) else { return }
            try self.queue(model, at: edge, project, lease)
        } catch is SimulatedCrash {
            self.crash(edge)
        }
    }

    private func queue(
        _ model: ModelID, at edge: SimulatedEdge, _ project: ProjectID, _ lease: HeldLease
    ) throws {
        let uploaded = edge.disk.uploads[project]?.texts.keys.sorted() ?? []
        let tree = self.tree(above: uploaded)
        try edge.upload(tree.objects, into: project, epoch: self.random.next())
        guard self.catalogue.isComplete(tree.root, in: edge.disk.uploads[project]?.texts ?? [:]) else { return }
        let version = QueuedVersion(
            id: .random(using: &self.random), project: project, model: model, rootObject: tree.root, message: "edge",
            sourceApplication: nil, totalChildrenCount: nil, parents: [],
            createdAt: edge.reading(self.now).time)
        try edge.queue(version, by: lease)
        self.edgeJudge.accept(version, at: edge)
        self.count(edge.connection == nil ? .offlineVersion : .queuedVersion)
        self.note("edge \(edge.number) accepts \(version.id)")
    }

    /// Somebody has an entry tried again that the region did not take, or gives it up.
    private func decide(at edge: SimulatedEdge) throws {
        let refused = edge.disk.outbox.filter { $0.problem != nil }
        guard let id = refused.randomElement(using: &self.random)?.version.id else { return }
        if Bool.random(using: &self.random) {
            try edge.write { disk in
                for place in disk.outbox.indices where disk.outbox[place].version.id == id {
                    disk.outbox[place].problem = nil
                }
            }
        } else {
            try edge.write { $0.outbox.removeAll { $0.version.id == id } }
            self.edgeJudge.giveUp(id)
        }
        edge.delivery = nil
    }

    // MARK: Delivering

    /// One message between an edge and its region, or one transaction.
    private func deliver(_ edge: SimulatedEdge) async throws {
        guard edge.connection != nil else { return }
        guard let delivery = edge.delivery else {
            let entry = edge.disk.outbox.first { $0.problem == nil }
            edge.delivery = entry.map { SimulatedDelivery($0) }
            return
        }
        if self.chance(4) {
            self.count(.deliveryCut)
            return edge.disconnect()
        }
        self.arm(edge.region)
        if self.chance(3) { edge.fail(Bool.random(using: &self.random) ? .beforeCommit : .afterCommit) }
        do {
            try await self.step(delivery, edge)
        } catch is EdgeCrash {
            self.crash(edge)
        } catch is SimulatedCrash {
            try await self.crash(edge.region)
        }
        edge.region.store.fail(nil)
        edge.fail(nil)
    }

    /// The process of the edge ended, not that of the region.
    private struct EdgeCrash: Error {}

    private func onEdge(_ body: () throws -> Void) throws {
        do { try body() } catch is SimulatedCrash { throw EdgeCrash() }
    }

    private func step(_ delivery: SimulatedDelivery, _ edge: SimulatedEdge) async throws {
        let (entry, project) = (delivery.entry, delivery.entry.version.project)
        guard let holder = self.edgeJudge.verified(entry.lease)?.holder else { return }
        switch delivery.next {
        case .renewLease:
            let access = try await self.renew(edge, project, holder.tokenID, of: holder.person)?.lease.access
            let next = OutboxDelivery.renewed(access)
            delivery.next = next == .bringObjects ? .bringObjects(nil) : .settle(next)
        case .bringObjects(nil):
            let isWaiting = edge.waiting.contains(project)
            delivery.next =
                isWaiting ? .bringObjects(SimulatedPush(project, of: edge, self.catalogue)) : .putVersion
        case .bringObjects(let push?):
            let mayPush = try await edge.region.takesObjects(of: edge.node, in: project, self.now)
            if mayPush { try self.edgeJudge.requirePush(into: project, of: edge, self.now) }
            switch try await push.step(self.catalogue, mayPush: mayPush) {
            case .more: return
            case .refused: edge.delivery = nil
            case .done(let mark):
                self.count(.push)
                try self.onEdge { try edge.pushed(mark) }
                delivery.next = .bringObjects(nil)
            }
        case .putVersion: delivery.next = .settle(try await self.put(entry, by: holder, edge))
        case .settle(let outcome):
            edge.delivery = nil
            try self.onEdge { try self.settle(entry.version.id, outcome, edge) }
        }
    }

    private func put(_ entry: OutboxEntry, by holder: Lease.Holder, _ edge: SimulatedEdge) async throws
        -> OutboxDelivery
    {
        let (region, scope) = (edge.region, LogScope.project(entry.version.project))
        let before = try await self.judge.marks(of: region)
        let (status, reason) = try await region.put(entry.version, by: holder.tokenID, of: holder.person)
        edge.hear()
        let written = try await self.judge.acknowledge(region, since: before, hasPolicies: self.hasPolicies)
        if let operation = written.first {
            try self.edgeJudge.requireVersion(entry, of: edge, operation, try await region.logs(of: scope))
            self.count(OperationContent(decoding: operation.body).context.unseen.isEmpty ? .edgeVersion : .unseenHead)
        }
        self.note("region \(region.number) answers \(status) to \(entry.version.id) \(reason)")
        try await self.judge.look(at: region, self.catalogue)
        if status == 204 { self.count(.repeatedVersion) }
        try self.edgeJudge.requireReason(reason, mayLackObjects: self.putBack.contains(region.number))
        return .answered(status: status, reason: reason)
    }

    private func settle(_ id: VersionID, _ outcome: OutboxDelivery, _ edge: SimulatedEdge) throws {
        switch outcome {
        case .keep(let problem):
            self.count(.refusedVersion)
            try edge.write { disk in
                for place in disk.outbox.indices where disk.outbox[place].version.id == id {
                    disk.outbox[place].problem = problem
                }
            }
        case .remove:
            try edge.write { disk in
                edge.noteHeard(in: &disk)
                disk.outbox.removeAll { $0.version.id == id }
            }
        case .bringObjects, .wait: return
        }
    }

    /// No more faults: what waits comes to the regions.
    func deliverEverything() async throws {
        for edge in self.edges {
            (edge.isOffline, edge.skew) = (false, 0)
            for _ in 0..<2_000 where edge.disk.outbox.contains(where: { $0.problem == nil }) && edge.region.mayWrite {
                guard let delivery = edge.delivery else {
                    edge.delivery = edge.disk.outbox.first { $0.problem == nil }.map { SimulatedDelivery($0) }
                    continue
                }
                try await self.step(delivery, edge)
            }
        }
    }
}
