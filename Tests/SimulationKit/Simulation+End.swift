import ObjectModel
import Storage
import StorageTestKit

/// What happens when faults stop.
extension Simulation {
    /// No more faults: everybody hears everybody.
    func heal() async throws {
        self.note("faults stop")
        (self.fetches, self.purges, self.away) = ([], [], [:])
        self.now += 7_200_000
        for region in self.regions {
            (region.skew, region.isFrozen) = (0, false)
            region.tick(Timestamp(millisecondsSinceEpoch: self.now))
        }
        try await self.comeToRest()
        guard !self.edges.isEmpty else { return }
        try await self.deliverEverything()
        try await self.comeToRest()
    }

    func comeToRest() async throws {
        for _ in 0..<(self.hasPolicies ? 2 * self.regions.count + 2 : self.regions.count + 1) {
            var isAtRest = try await !self.exchangeEverything()
            if self.hasPolicies, try await self.purgeEverything() { isAtRest = false }
            if isAtRest { return }
            for region in self.regions where self.chance(30) { try await self.compact(region) }
        }
        throw SimulationFailure("regions do not come to rest")
    }

    /// - Returns: whether anybody heard anything new.
    private func exchangeEverything() async throws -> Bool {
        var broughtNews = false
        for client in self.regions {
            for server in self.regions where server !== client {
                if try await self.exchange(client, server) { broughtNews = true }
            }
        }
        return broughtNews
    }

    /// - Returns: whether `client` heard anything new.
    @discardableResult
    func exchange(_ client: SimulatedRegion, _ server: SimulatedRegion) async throws -> Bool {
        var broughtNews = false
        let scopes = try await server.scopes(for: client)
        client.begin(hearing: server.number, scopes)
        for scope in scopes where try await client.mayAsk(server, for: scope) {
            if self.hasPolicies { try await ResidencyJudge.requireAllowed(client, to: server, scope) }
            let fetch = try await SimulatedFetch(client, from: server, scope)
            try self.noteSnapshot(fetch)
            loop: while true {
                switch try await fetch.step(self.catalogue) {
                case .more: continue
                case .done: break loop
                case .refused: throw SimulationFailure("operations are refused though clocks agree")
                }
            }
            self.finish(fetch)
            broughtNews = broughtNews || fetch.broughtNews
        }
        try await self.judge.look(at: client, self.catalogue)
        return broughtNews
    }
}
