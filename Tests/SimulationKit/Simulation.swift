import ObjectModel
import Storage
import StorageTestKit

/// Several regions, the links between them, their disks, clocks and processes, all driven by one seed.
///
/// Faults have no limit while it runs. Then they stop, and everything that was acknowledged must be everywhere.
package final class Simulation {
    private let seed: UInt64
    var random: SeededRandom
    var now: Int64 = 1_800_000_000_000
    private(set) var regions: [SimulatedRegion]
    /// Policies say where projects may be.
    let hasPolicies: Bool
    var purges: [SimulatedPurge] = []
    let edges: [SimulatedEdge]
    var edgeJudge = EdgeJudge()
    /// For how long edges may go on without their region.
    let leaseSeconds: UInt64
    /// Tokens that people got, and a project that they could write to then.
    var logins: [(token: TokenID, project: ProjectID)] = []
    /// Regions that were put back.
    var putBack: Set<Int> = []
    var fetches: [SimulatedFetch] = []
    /// From whom nothing comes, and to whom.
    var blocked: Set<[Int]> = []
    /// Regions that nobody hears, and for how many more events.
    var away: [Int: Int] = [:]
    /// Regions that may be behind what others compacted: they were evicted, or put back.
    var mayBeBehind: Set<Int> = []
    private(set) var catalogue = Catalogue()
    private var objectCount: UInt64 = 0
    var judge: Judge
    /// What happened, in words; for a seed that fails.
    package private(set) var events: [String] = []
    /// What happened, and how often.
    package private(set) var counts: [SimulationEvent: Int] = [:]

    package init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 2...5, using: &random)
        self.seed = seed
        // In one project more happens with its policy.
        let hasPolicies = seed % 2 == 0
        self.hasPolicies = hasPolicies
        self.regions = (0..<count).map {
            SimulatedRegion($0, seed: random.next(), projectCountMax: hasPolicies ? 1 : 4)
        }
        for region in self.regions { region.skew = Int64.random(in: -20_000...20_000, using: &random) }
        let regions = self.regions
        let edgeCount = seed % 3 == 0 ? Int.random(in: 1...2, using: &random) : 0
        self.edges = (0..<edgeCount).map { SimulatedEdge($0, at: regions[$0 % count]) }
        self.leaseSeconds = edgeCount == 0 ? 0 : UInt64.random(in: 20...300, using: &random)
        self.random = random
        self.judge = Judge(count: count)
    }

    /// - Throws: ``SimulationFailure``.
    package func run() async throws {
        let count = Int.random(in: 80...220, using: &self.random)
        for _ in 0..<(self.hasPolicies || !self.edges.isEmpty ? 2 * count : count) { try await self.step() }
        try await self.heal()
        try await self.join()
        try await self.judge.settle(self.regions)
        if !self.edges.isEmpty { try self.edgeJudge.settle(self.edges, self.judge.creationCounts) }
        self.countResults()
    }

    /// A new region, which gets all that one of the others has; where policies say who may have what, all regions come to rest again.
    private func join() async throws {
        let (others, new) = (self.regions, SimulatedRegion(self.regions.count, seed: self.random.next()))
        new.tick(Timestamp(millisecondsSinceEpoch: self.now))
        self.mayBeBehind.insert(new.number)
        self.regions.append(new)
        if self.hasPolicies { try await self.comeToRest() } else { try await self.exchange(new, self.pick(others)) }
    }

    private func countResults() {
        self.count(.conflict, self.judge.conflictCount)
        self.count(.policyConflict, self.judge.policyConflictCount)
        self.count(.webhookNews, self.judge.toldCount)
        for refusals in self.regions.map(\.refusals) {
            self.count(.homeRefusal, refusals[.homeElsewhere, default: 0])
            self.count(.exclusionRefusal, refusals[.regionExcluded, default: 0])
        }
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

    func note(_ event: @autoclosure () -> String) { self.events.append("\(self.now) \(event())") }

    func count(_ event: SimulationEvent, _ times: Int = 1) { self.counts[event, default: 0] += times }

    func chance(_ percentage: Int) -> Bool { Int.random(in: 0..<100, using: &self.random) < percentage }

    func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self.random)]
    }

    // MARK: Events

    private func step() async throws {
        self.now += [0, 0, 1, 40, 900].randomElement(using: &self.random) ?? 0
        for region in self.regions { region.tick(Timestamp(millisecondsSinceEpoch: self.now)) }
        self.away = self.away.mapValues { $0 - 1 }.filter { $0.value > 0 }
        if !self.edges.isEmpty, self.chance(45) { return try await self.workEdges() }
        if self.hasPolicies, self.chance(25) { return try await self.changePolicies() }
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
        try await self.write(at: region) { try await region.perform(using: &$0) }
    }

    /// Has a region write, and holds it to what it wrote then.
    func write(
        at region: SimulatedRegion, _ body: (inout SeededRandom) async throws -> Void
    ) async throws {
        let before = try await self.judge.marks(of: region)
        self.arm(region)
        do {
            try await body(&self.random)
        } catch is SimulatedCrash {
            return try await self.crash(region)
        }
        region.store.fail(nil)
        let written = try await self.judge.acknowledge(region, since: before, hasPolicies: self.hasPolicies)
        if !written.isEmpty { self.note("region \(region.number) writes \(written.count)") }
        for case .policyChanged(let change) in written.map({ OperationContent(decoding: $0.body).body }) {
            self.count(.policy)
            if change.home != nil { self.count(.home) }
        }
        try await self.judge.look(at: region, self.catalogue)
    }

    /// Every now and then a write is the last one of its process.
    func arm(_ region: SimulatedRegion) {
        if self.chance(3) { region.store.fail(Bool.random(using: &self.random) ? .beforeCommit : .afterCommit) }
    }

    /// Some objects of a tree, or all of it.
    private func upload(to region: SimulatedRegion) async throws {
        let projects = try await region.store.read { try $0.allProjects() }.sorted()
        guard self.chance(50), let project = projects.randomElement(using: &self.random),
            try await region.takesUploads(to: project)
        else { return }
        let tree = self.tree(above: region.journal(of: project)?.texts.keys.sorted() ?? [])
        try await region.take(tree.objects, into: project, self.catalogue)
    }

    /// Some new objects of a tree, or all of them.
    ///
    /// - Parameter held: what it may lead to beside them.
    func tree(above held: [ObjectID]) -> (root: ObjectID, objects: [Sample]) {
        var tree = (0..<Int.random(in: 1...3, using: &self.random)).map { _ in self.object(leadingTo: []) }
        var references = tree.map(\.id)
        if let shared = held.randomElement(using: &self.random) { references.append(shared) }
        let root = self.object(leadingTo: references)
        tree.append(root)
        if self.chance(20) { tree.remove(at: Int.random(in: tree.indices, using: &self.random)) }
        return (root.id, tree)
    }

    private func object(leadingTo references: [ObjectID]) -> Sample {
        self.objectCount += 1
        let id = ObjectID(high: self.seed, low: self.objectCount)
        let list = references.map { "\"\($0)\"" }.joined(separator: ",")
        let object = Sample(id: id, text: Array("{\"id\":\"\(id)\",\"to\":[\(list)]}".utf8), references: references)
        self.catalogue.add(object)
        return object
    }
}
