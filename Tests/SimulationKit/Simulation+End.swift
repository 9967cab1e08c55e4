import ObjectModel
import Storage
import StorageTestKit

/// What happens when faults stop.
extension Simulation {
    /// No more faults: everybody hears everybody.
    func heal() async throws {
        self.note("faults stop")
        (self.fetches, self.away) = ([], [:])
        self.now += 7_200_000
        for region in self.regions {
            (region.skew, region.isFrozen) = (0, false)
            region.tick(Timestamp(millisecondsSinceEpoch: self.now))
        }
        for _ in 0..<(self.regions.count + 1) {
            guard try await self.exchangeEverything() else { return }
            for region in self.regions where self.chance(30) { try await self.compact(region) }
        }
        throw SimulationFailure("regions do not come to rest")
    }

    /// A new region, which gets all that one of the others has.
    func join() async throws -> SimulatedRegion {
        let new = SimulatedRegion(self.regions.count, seed: self.random.next())
        new.tick(Timestamp(millisecondsSinceEpoch: self.now))
        self.mayBeBehind.insert(new.number)
        try await self.exchange(new, self.pick(self.regions))
        return new
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
    private func exchange(_ client: SimulatedRegion, _ server: SimulatedRegion) async throws -> Bool {
        var broughtNews = false
        let scopes = try await server.store.read { try $0.scopes() }.sorted { $0.name < $1.name }
        client.begin(hearing: server.number, scopes)
        for scope in scopes {
            let fetch = try await SimulatedFetch(client, from: server, scope)
            try self.noteSnapshot(fetch)
            loop: while true {
                switch try await fetch.step(self.catalogue) {
                case .more: continue
                case .done: break loop
                case .refused: throw SimulationFailure("operations are refused though clocks agree")
                }
            }
            client.heard(scope, of: server.number)
            broughtNews = broughtNews || fetch.broughtNews
        }
        try await self.judge.look(at: client, self.catalogue)
        return broughtNews
    }
}
