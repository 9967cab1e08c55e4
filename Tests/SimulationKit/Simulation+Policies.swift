import ObjectModel
import Storage

/// Policies that change, and regions that must remove projects.
extension Simulation {
    func changePolicies() async throws {
        switch Int.random(in: 0..<20, using: &self.random) {
        case 0..<4: try await self.setPolicy(at: self.pick(self.regions))
        case 4..<8: try await self.beginPurges()
        default: try await self.deliverPurge()
        }
    }

    private func setPolicy(at region: SimulatedRegion) async throws {
        guard region.mayWrite else { return }
        let nodes = self.regions.map(\.node)
        try await self.write(at: region) { try await region.setPolicy(among: nodes, using: &$0) }
    }

    /// One region tells another one what it must remove; one thing after the other.
    private func beginPurges() async throws {
        var orders: [SimulatedPurge] = []
        for sender in self.regions {
            for region in self.regions where region !== sender && !self.isBlocked(sender, region) {
                guard !self.purges.contains(where: { $0.sender === sender && $0.region === region }) else { continue }
                orders += try await self.orders(for: region, by: sender)
                    .map { SimulatedPurge($0, by: sender, to: region) }
            }
        }
        if !orders.isEmpty { self.purges.append(self.pick(orders)) }
    }

    private func orders(for region: SimulatedRegion, by sender: SimulatedRegion) async throws -> [PurgeOrder] {
        let (node, own) = (region.node, sender.node)
        return try await sender.store.read { try $0.purgeOrders(for: node, by: own) }
    }

    private func deliverPurge() async throws {
        guard !self.purges.isEmpty else { return }
        let place = Int.random(in: self.purges.indices, using: &self.random)
        let purge = self.purges[place]
        if self.chance(8) {
            self.purges.remove(at: place)
            return self.count(.purgeCut)
        }
        guard !self.isBlocked(purge.sender, purge.region) else { return }
        let receiver = purge.receiver
        self.arm(receiver)
        do {
            if try await !self.step(purge) { self.purges.removeAll { $0 === purge } }
            if purge.mustBring, try await purge.region.admits(purge.sender, to: purge.scope) {
                try await self.begin(purge.sender, purge.region, purge.scope)
            }
        } catch is SimulatedCrash {
            self.count(.purgeCut)
            try await self.crash(receiver)
        }
        receiver.store.fail(nil)
    }

    /// - Returns: whether another message follows.
    private func step(_ purge: SimulatedPurge) async throws -> Bool {
        let held = try await ResidencyJudge.Holding(of: purge.region, purge.scope)
        let result: Result<Bool, any Error>
        do { result = .success(try await purge.step()) } catch { result = .failure(error) }
        try await self.noteRemoval(held, purge)
        return try result.get()
    }

    private func noteRemoval(_ held: ResidencyJudge.Holding, _ purge: SimulatedPurge) async throws {
        let (region, others) = (purge.region, self.regions.filter { $0 !== purge.region })
        guard !held.isEmpty, try await region.marks(of: purge.scope).isEmpty else { return }
        try await held.requireCopies(purge.minimumCopies, others, putBack: self.putBack)
        self.mayBeBehind.insert(region.number)
        self.count(.removal)
        self.note("region \(region.number) removes \(purge.project), told by \(purge.sender.number)")
    }

    /// - Returns: whether anything was removed.
    func purgeEverything() async throws -> Bool {
        let before = self.counts[.removal, default: 0]
        for sender in self.regions {
            for region in self.regions where region !== sender {
                for order in try await self.orders(for: region, by: sender) {
                    let purge = SimulatedPurge(order, by: sender, to: region)
                    while try await self.step(purge) {}
                }
            }
        }
        return self.counts[.removal, default: 0] > before
    }
}
