import ObjectModel
import Storage
import StorageTestKit

/// What goes wrong.
extension Simulation {
    func changeLinks() {
        if self.chance(40) { return self.blocked.removeAll() }
        self.blocked.insert([self.pick(self.regions).number, self.pick(self.regions).number])
        self.note("blocked: \(self.blocked.sorted { $0.lexicographicallyPrecedes($1) })")
    }

    func changeClock(of region: SimulatedRegion) {
        region.isFrozen = self.chance(20)
        let range: Int64 = self.chance(70) ? 2_000 : 600_000
        region.skew = Int64.random(in: -range...range, using: &self.random)
        self.note("the clock of region \(region.number): \(region.skew) ms, frozen \(region.isFrozen)")
    }

    /// Nobody hears a region for long: the others go on without it, and it without them.
    func leave(_ region: SimulatedRegion) {
        self.away[region.number] = Int.random(in: 10...80, using: &self.random)
        self.note("region \(region.number) goes away")
    }

    /// Regions that are away do not count; now and then one is thought to be.
    func compact(_ region: SimulatedRegion) async throws {
        let others = self.regions.filter { $0 !== region }
        let evicted = others.filter { other in
            self.away[other.number] != nil || self.away[region.number] != nil || self.chance(6)
        }
        self.mayBeBehind.formUnion(evicted.map(\.number))
        let counted = others.filter { other in !evicted.contains { $0 === other } }
        let young = self.chance(30) ? Int64.random(in: 0...5_000, using: &self.random) : 0
        let horizon = Timestamp(millisecondsSinceEpoch: self.now + 3_600_000 - young * 1_000)
        if self.chance(20) {
            let fault: SimulatedStore.Fault = Bool.random(using: &self.random) ? .beforeCommit : .afterCommit
            region.store.fail(fault, after: Int.random(in: 0...3, using: &self.random))
        }
        var count = 0
        do {
            for scope in try await region.store.read({ try $0.scopes() }).sorted(by: { $0.name < $1.name }) {
                var holders: [NodeID] = []
                for other in counted {
                    // Whoever may not have a project does not hold its log back.
                    if try await region.admits(other, to: scope) {
                        holders.append(other.node)
                    } else {
                        self.mayBeBehind.insert(other.number)
                    }
                }
                count += try await LogCompaction(region.store, of: scope)
                    .run(heldBy: holders, before: horizon, countMin: 1)
            }
        } catch is SimulatedCrash {
            return try await self.crash(region)
        }
        region.store.fail(nil)
        self.count(.omission, count)
        if count > 0 { self.note("region \(region.number) leaves out \(count), without \(evicted.map(\.number))") }
        try await self.judge.look(at: region, self.catalogue)
    }

    func disturb(_ region: SimulatedRegion) async throws {
        switch Int.random(in: 0..<10, using: &self.random) {
        case 0..<4: try await self.crash(region)
        case 4..<7: region.makeBackup()
        case 7: try await self.putBack(region)
        default: try await self.writeUnknown(at: region)
        }
    }

    /// What the process knew is gone, and so are its connections.
    func crash(_ region: SimulatedRegion) async throws {
        self.note("region \(region.number) ends and starts again")
        region.store.fail(nil)
        region.forgetLeases()
        self.disconnect(region)
        try await self.judge.look(at: region, self.catalogue)
    }

    private func disconnect(_ region: SimulatedRegion) {
        self.fetches.removeAll { $0.client === region || $0.server === region }
        self.purges.removeAll { $0.sender === region || $0.region === region }
        for edge in self.edges where edge.region === region { edge.disconnect() }
    }

    private func putBack(_ region: SimulatedRegion) async throws {
        let others = self.regions.filter { $0 !== region }
        guard region.putBack(hearing: others.map(\.number)) else { return }
        self.mayBeBehind.insert(region.number)
        self.putBack.insert(region.number)
        // Nobody tells it what it wrote to projects that it may not have any more.
        if self.hasPolicies { region.stopWriting() }
        self.note("region \(region.number) is put back to its backup")
        self.disconnect(region)
        try await self.judge.forget(region, others)
        region.forgetLeases()
        if !self.edges.isEmpty { self.edgeJudge.forget(self.edges, self.judge.creationCounts) }
        try await self.judge.look(at: region, self.catalogue)
    }

    /// A newer release writes what this one does not know.
    private func writeUnknown(at region: SimulatedRegion) async throws {
        let scopes = try await region.store.read { try $0.scopes() }.sorted { $0.name < $1.name }
        guard region.mayWrite, let scope = scopes.randomElement(using: &self.random) else { return }
        if scope != .server {
            guard try await region.takesUploads(to: scope.name) else { return }
        }
        let (node, time) = (region.node, region.clock.now)
        let body = Array("{\"kind\":\"model.painted\",\"value\":\(self.random.next() % 1000)}".utf8)
        let before = try await self.judge.marks(of: region)
        try await region.store.write { rows in
            let sequence = try rows.lastSequence(of: node, in: scope) + 1
            try rows.append(
                Operation(scope: scope, origin: node, sequence: sequence, timestamp: time, actor: nil, body: body))
        }
        _ = try await self.judge.acknowledge(region, since: before, hasPolicies: self.hasPolicies)
    }
}
