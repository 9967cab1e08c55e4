import ObjectModel
import Storage
import StorageTestKit

/// Regions that hear each other.
extension Simulation {
    func begin() async throws {
        let client = self.pick(self.regions)
        let server = self.pick(self.regions)
        guard client !== server, !self.isBlocked(client, server) else { return }
        var scopes = try await server.scopes(for: client)
        client.begin(hearing: server.number, scopes)
        if self.hasPolicies, scopes.count > 1, self.chance(80) { scopes.removeAll { $0 == .server } }
        guard !scopes.isEmpty else { return }
        try await self.begin(client, server, self.pick(scopes))
    }

    func begin(_ client: SimulatedRegion, _ server: SimulatedRegion, _ scope: LogScope) async throws {
        guard try await client.mayAsk(server, for: scope) else { return }
        if self.hasPolicies { try await ResidencyJudge.requireAllowed(client, to: server, scope) }
        let fetch = try await SimulatedFetch(client, from: server, scope)
        // A region takes one snapshot of a project at a time.
        let isBusy = self.fetches.contains { $0.client === client && $0.scope == scope && $0.isSnapshot }
        guard !(fetch.isSnapshot && isBusy) else { return }
        try self.noteSnapshot(fetch)
        self.fetches.append(fetch)
        self.note("region \(client.number) asks \(server.number) for \(scope.name)")
    }

    func finish(_ fetch: SimulatedFetch) {
        fetch.client.heard(fetch.scope, of: fetch.server.number)
        if fetch.isBack { self.count(.comeback) }
    }

    /// Who counts is never sent a snapshot.
    func noteSnapshot(_ fetch: SimulatedFetch) throws {
        guard fetch.isSnapshot else { return }
        self.count(.snapshot)
        guard self.mayBeBehind.contains(fetch.client.number) else {
            throw SimulationFailure("a region that counts lacks what was compacted")
        }
    }

    func isBlocked(_ one: SimulatedRegion, _ other: SimulatedRegion) -> Bool {
        self.away[one.number] != nil || self.away[other.number] != nil
            || self.blocked.contains([one.number, other.number]) || self.blocked.contains([other.number, one.number])
    }

    func deliver() async throws {
        guard !self.fetches.isEmpty else { return }
        let place = Int.random(in: self.fetches.indices, using: &self.random)
        let fetch = self.fetches[place]
        if self.chance(4) {
            self.fetches.remove(at: place)
            self.note("region \(fetch.client.number) is cut off from \(fetch.server.number)")
            return try await fetch.cut(self.catalogue)
        }
        guard !self.isBlocked(fetch.client, fetch.server) else { return }
        for _ in 0..<Int.random(in: 1...8, using: &self.random) where self.fetches.contains(where: { $0 === fetch }) {
            try await self.deliver(fetch)
        }
    }

    private func deliver(_ fetch: SimulatedFetch) async throws {
        self.arm(fetch.client)
        do {
            switch try await fetch.step(self.catalogue) {
            case .more: break
            case .done:
                self.finish(fetch)
                self.fetches.removeAll { $0 === fetch }
            case .refused: self.fetches.removeAll { $0 === fetch }
            }
        } catch is SimulatedCrash {
            return try await self.crash(fetch.client)
        }
        fetch.client.store.fail(nil)
        try await self.judge.look(at: fetch.client, self.catalogue)
    }
}
