import ObjectModel
import Storage
import StorageTestKit

/// Several regions, the links between them, their disks, clocks and processes, all driven by one seed.
///
/// Faults have no limit while it runs. Then they stop, and everything that was acknowledged must be everywhere.
package final class Simulation {
    private let seed: UInt64
    private var random: SeededRandom
    private var now: Int64 = 1_800_000_000_000
    private let regions: [SimulatedRegion]
    private var fetches: [SimulatedFetch] = []
    /// From whom nothing comes, and to whom.
    private var blocked: Set<[Int]> = []
    /// Regions that nobody hears, and for how many more events.
    private var away: [Int: Int] = [:]
    /// Regions that may be behind what others compacted: they were evicted, or put back.
    private var mayBeBehind: Set<Int> = []
    /// Operations that were left out of logs, and snapshots that were taken.
    package private(set) var compactedCount = 0
    package private(set) var snapshotCount = 0
    private var catalogue = Catalogue()
    private var objectCount: UInt64 = 0
    private var judge: Judge
    /// What happened, in words; for a seed that fails.
    package private(set) var events: [String] = []

    package init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 2...5, using: &random)
        self.seed = seed
        self.regions = (0..<count).map { SimulatedRegion($0, seed: random.next()) }
        for region in self.regions { region.skew = Int64.random(in: -20_000...20_000, using: &random) }
        self.random = random
        self.judge = Judge(count: count)
    }

    /// - Throws: ``SimulationFailure``.
    package func run() async throws {
        for _ in 0..<Int.random(in: 80...220, using: &self.random) { try await self.step() }
        try await self.heal()
        try await self.judge.settle(self.regions + [try await self.join()])
    }

    /// Stands for all operations that there are at the end.
    package func digest() async throws -> String {
        let bytes = try await self.regions[0].store.read { rows in
            var bytes: [UInt8] = []
            for scope in try rows.scopes().sorted(by: { $0.name < $1.name }) {
                for origin in try rows.origins(in: scope) {
                    for operation in try rows.operations(of: origin, in: scope, after: 0, limit: .max) {
                        bytes += operation.body + Array(operation.fingerprint.utf8)
                    }
                }
            }
            return bytes
        }
        return bytes.withUnsafeBytes { ContentHash(of: $0) }.description
    }

    /// Conflicts that were open at the end.
    package var conflictCount: Int { self.judge.conflictCount }

    private func note(_ event: @autoclosure () -> String) { self.events.append("\(self.now) \(event())") }

    private func chance(_ percentage: Int) -> Bool { Int.random(in: 0..<100, using: &self.random) < percentage }

    private func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self.random)]
    }

    // MARK: Events

    private func step() async throws {
        self.now += [0, 0, 1, 40, 900].randomElement(using: &self.random) ?? 0
        for region in self.regions { region.tick(Timestamp(millisecondsSinceEpoch: self.now)) }
        self.away = self.away.mapValues { $0 - 1 }.filter { $0.value > 0 }
        switch Int.random(in: 0..<105, using: &self.random) {
        case 0..<38: try await self.work(at: self.pick(self.regions))
        case 38..<56: try await self.begin()
        case 56..<90: try await self.deliver()
        case 100..<104: try await self.compact(self.pick(self.regions))
        case 104: self.leave(self.pick(self.regions))
        case 90..<94: self.changeLinks()
        case 94..<97: self.changeClock(of: self.pick(self.regions))
        default: try await self.disturb(self.pick(self.regions))
        }
    }

    private func work(at region: SimulatedRegion) async throws {
        guard region.mayWrite else { return }
        try await self.upload(to: region)
        let before = try await self.judge.marks(of: region)
        self.arm(region)
        do {
            try await region.perform(using: &self.random)
        } catch is SimulatedCrash {
            return try await self.crash(region)
        }
        region.store.fail(nil)
        let count = try await self.judge.acknowledge(region, since: before)
        if count > 0 { self.note("region \(region.number) writes \(count)") }
        try await self.judge.look(at: region, self.catalogue)
    }

    /// Every now and then a write is the last one of its process.
    private func arm(_ region: SimulatedRegion) {
        if self.chance(3) { region.store.fail(Bool.random(using: &self.random) ? .beforeCommit : .afterCommit) }
    }

    /// Some objects of a tree, or all of it.
    private func upload(to region: SimulatedRegion) async throws {
        let projects = try await region.store.read { try $0.allProjects() }.sorted()
        guard self.chance(50), let project = projects.randomElement(using: &self.random) else { return }
        let held = region.journal(of: project)?.texts.keys.sorted() ?? []
        var tree = (0..<Int.random(in: 1...3, using: &self.random)).map { _ in self.object(leadingTo: []) }
        var references = tree.map(\.id)
        if let shared = held.randomElement(using: &self.random) { references.append(shared) }
        tree.append(self.object(leadingTo: references))
        if self.chance(20) { tree.remove(at: Int.random(in: tree.indices, using: &self.random)) }
        try await region.take(tree, into: project, self.catalogue)
    }

    private func object(leadingTo references: [ObjectID]) -> Sample {
        self.objectCount += 1
        let id = ObjectID(high: self.seed, low: self.objectCount)
        let list = references.map { "\"\($0)\"" }.joined(separator: ",")
        let object = Sample(id: id, text: Array("{\"id\":\"\(id)\",\"to\":[\(list)]}".utf8), references: references)
        self.catalogue.add(object)
        return object
    }

    private func begin() async throws {
        let client = self.pick(self.regions)
        let server = self.pick(self.regions)
        guard client !== server, !self.isBlocked(client, server) else { return }
        let scopes = try await server.store.read { try $0.scopes() }.sorted { $0.name < $1.name }
        client.begin(hearing: server.number, scopes)
        guard !scopes.isEmpty else { return }
        let scope = self.pick(scopes)
        let fetch = try await SimulatedFetch(client, from: server, scope)
        // A region takes one snapshot of a project at a time.
        let isBusy = self.fetches.contains { $0.client === client && $0.scope == scope && $0.isSnapshot }
        guard !(fetch.isSnapshot && isBusy) else { return }
        try self.noteSnapshot(fetch)
        self.fetches.append(fetch)
        self.note("region \(client.number) asks \(server.number) for \(scope.name)")
    }

    /// Who counts is never sent a snapshot.
    private func noteSnapshot(_ fetch: SimulatedFetch) throws {
        guard fetch.isSnapshot else { return }
        self.snapshotCount += 1
        guard self.mayBeBehind.contains(fetch.client.number) else {
            throw SimulationFailure("a region that counts lacks what was compacted")
        }
    }

    private func isBlocked(_ one: SimulatedRegion, _ other: SimulatedRegion) -> Bool {
        self.away[one.number] != nil || self.away[other.number] != nil
            || self.blocked.contains([one.number, other.number]) || self.blocked.contains([other.number, one.number])
    }

    private func deliver() async throws {
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
                fetch.client.heard(fetch.scope, of: fetch.server.number)
                self.fetches.removeAll { $0 === fetch }
            case .refused: self.fetches.removeAll { $0 === fetch }
            }
        } catch is SimulatedCrash {
            return try await self.crash(fetch.client)
        }
        fetch.client.store.fail(nil)
        try await self.judge.look(at: fetch.client, self.catalogue)
    }

    // MARK: Faults

    private func changeLinks() {
        if self.chance(40) { return self.blocked.removeAll() }
        self.blocked.insert([self.pick(self.regions).number, self.pick(self.regions).number])
        self.note("blocked: \(self.blocked.sorted { $0.lexicographicallyPrecedes($1) })")
    }

    private func changeClock(of region: SimulatedRegion) {
        region.isFrozen = self.chance(20)
        let range: Int64 = self.chance(70) ? 2_000 : 600_000
        region.skew = Int64.random(in: -range...range, using: &self.random)
        self.note("the clock of region \(region.number): \(region.skew) ms, frozen \(region.isFrozen)")
    }

    /// Nobody hears a region for long: the others go on without it, and it without them.
    private func leave(_ region: SimulatedRegion) {
        self.away[region.number] = Int.random(in: 10...80, using: &self.random)
        self.note("region \(region.number) goes away")
    }

    /// Regions that are away do not count; now and then one is thought to be.
    private func compact(_ region: SimulatedRegion) async throws {
        let others = self.regions.filter { $0 !== region }
        let evicted = others.filter { other in
            self.away[other.number] != nil || self.away[region.number] != nil || self.chance(6)
        }
        self.mayBeBehind.formUnion(evicted.map(\.number))
        let counted = others.filter { other in !evicted.contains { $0 === other } }.map(\.node)
        let young = self.chance(30) ? Int64.random(in: 0...5_000, using: &self.random) : 0
        let horizon = Timestamp(millisecondsSinceEpoch: self.now + 3_600_000 - young * 1_000)
        if self.chance(20) {
            let fault: SimulatedStore.Fault = Bool.random(using: &self.random) ? .beforeCommit : .afterCommit
            region.store.fail(fault, after: Int.random(in: 0...3, using: &self.random))
        }
        var count = 0
        do {
            for scope in try await region.store.read({ try $0.scopes() }).sorted(by: { $0.name < $1.name }) {
                count += try await LogCompaction(region.store, of: scope)
                    .run(heldBy: counted, before: horizon, countMin: 1)
            }
        } catch is SimulatedCrash {
            return try await self.crash(region)
        }
        region.store.fail(nil)
        self.compactedCount += count
        if count > 0 { self.note("region \(region.number) leaves out \(count), without \(evicted.map(\.number))") }
        try await self.judge.look(at: region, self.catalogue)
    }

    private func disturb(_ region: SimulatedRegion) async throws {
        switch Int.random(in: 0..<10, using: &self.random) {
        case 0..<4: try await self.crash(region)
        case 4..<7: region.makeBackup()
        case 7: try await self.putBack(region)
        default: try await self.writeUnknown(at: region)
        }
    }

    /// What the process knew is gone, and so are its connections.
    private func crash(_ region: SimulatedRegion) async throws {
        self.note("region \(region.number) ends and starts again")
        region.store.fail(nil)
        self.fetches.removeAll { $0.client === region || $0.server === region }
        try await self.judge.look(at: region, self.catalogue)
    }

    private func putBack(_ region: SimulatedRegion) async throws {
        let others = self.regions.filter { $0 !== region }
        guard region.putBack(hearing: others.map(\.number)) else { return }
        self.mayBeBehind.insert(region.number)
        self.note("region \(region.number) is put back to its backup")
        self.fetches.removeAll { $0.client === region || $0.server === region }
        try await self.judge.forget(region, others)
        try await self.judge.look(at: region, self.catalogue)
    }

    /// A newer release writes what this one does not know.
    private func writeUnknown(at region: SimulatedRegion) async throws {
        let scopes = try await region.store.read { try $0.scopes() }.sorted { $0.name < $1.name }
        guard region.mayWrite, let scope = scopes.randomElement(using: &self.random) else { return }
        let (node, time) = (region.node, region.clock.now)
        let body = Array("{\"kind\":\"model.painted\",\"value\":\(self.random.next() % 1000)}".utf8)
        let before = try await self.judge.marks(of: region)
        try await region.store.write { rows in
            let sequence = try rows.lastSequence(of: node, in: scope) + 1
            try rows.append(
                Operation(scope: scope, origin: node, sequence: sequence, timestamp: time, actor: nil, body: body))
        }
        _ = try await self.judge.acknowledge(region, since: before)
    }

    // MARK: The end

    /// No more faults: everybody hears everybody.
    private func heal() async throws {
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
    private func join() async throws -> SimulatedRegion {
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
