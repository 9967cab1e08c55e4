import ObjectModel
import Storage
import StorageTestKit
import SyncProtocol
import Synchronization

/// One region: what is on its disks, its clock, and what its process remembers.
final class SimulatedRegion {
    /// A copy of everything, from which a region may be put back.
    private struct Backup {
        var rows: MemoryMetadataStore
        var journals: [ProjectID: SimulatedJournal]
    }

    /// What random commands may make versions of.
    private final class Shelf: Sendable {
        let ids = Mutex<[ProjectID: [ObjectID]]>([:])
    }

    let number: Int
    let node: NodeID
    let store: SimulatedStore
    let clock = HandClock()
    /// How far its clock is ahead, in milliseconds.
    var skew: Int64 = 0
    /// Its clock stands still.
    var isFrozen = false
    private(set) var journals: [ProjectID: SimulatedJournal] = [:]
    private var work: RandomWork
    /// What cuts left of blocks, by source and project.
    private(set) var unfinished: [NodeID: [ProjectID: [UInt8]]] = [:]
    /// After it was put back: what it must hear of others before it writes, by their number. `nil` before they said what
    /// there is.
    private(set) var unheard: [Int: Set<LogScope>?] = [:]
    /// What edges may do, as far as its process remembers.
    var given = GivenLeases()
    private var isSilenced = false
    private var backup: Backup?
    private let shelf: Shelf
    private var epochs: SeededRandom
    private var catalogue = Catalogue()

    /// - Parameter projectCountMax: projects after which no more are opened here.
    init(_ number: Int, seed: UInt64, projectCountMax: Int = 4) {
        let (store, numbers, clock) = (SimulatedStore(MemoryMetadataStore()), SeededNumbers(seed: seed), self.clock)
        let shelf = Shelf()
        self.number = number
        self.node = Fixture.node(number + 1)
        self.store = store
        self.shelf = shelf
        self.epochs = SeededRandom(seed: ~seed)
        let service = MetadataService(store: store, node: self.node, numbers: RandomNumbers { numbers.next() }) {
            clock.now
        }
        self.work = RandomWork(store: store, service: service, projectCountMax: projectCountMax) { project, random in
            shelf.ids.withLock { $0[project]?.suffix(12).randomElement(using: &random) } ?? Fixture.object(0)
        }
    }

    func tick(_ now: Timestamp) {
        guard !self.isFrozen else { return }
        self.clock.set(to: Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch + self.skew))
    }

    func journal(of project: ProjectID) -> SimulatedJournal? { self.journals[project] }

    /// Its journal, begun when there is none.
    func epoch(of project: ProjectID) -> UInt64 {
        if let journal = self.journals[project] { return journal.epoch }
        let journal = SimulatedJournal(epoch: self.epochs.next())
        self.journals[project] = journal
        return journal.epoch
    }

    // MARK: Writing

    func perform(using random: inout SeededRandom) async throws { try await self.work.step(using: &random) }

    func setPolicy(among regions: [NodeID], using random: inout SeededRandom) async throws {
        try await self.work.setPolicy(among: regions, using: &random)
    }

    var service: MetadataService { self.work.service }

    func forgetLeases() { self.given = GivenLeases() }

    /// Somebody gets a token.
    func signIn(_ person: UserID, _ number: Int) async throws {
        try await self.work.signIn(person, number)
    }

    var refusals: [DomainError.Code: Int] { self.work.refusals }

    /// Whether somebody may upload to a project here.
    func takesUploads(to project: ProjectID) async throws -> Bool {
        let place = self.work.service.place
        return try await self.store.read { try place.refusal(for: project, $0) } == nil
    }

    // MARK: What it tells others

    func marks(of scope: LogScope) async throws -> [NodeID: UInt64] {
        try await self.store.read { try $0.lastSequences(in: scope) }
    }

    func logs(of scope: LogScope) async throws -> [NodeID: [Operation]] {
        try await self.store.read { rows in
            var logs: [NodeID: [Operation]] = [:]
            for origin in try rows.origins(in: scope) {
                logs[origin] = try rows.operations(of: origin, in: scope, after: 0, limit: .max)
            }
            return logs
        }
    }

    /// What it tells another region that there is.
    func scopes(for other: SimulatedRegion) async throws -> [LogScope] {
        var scopes: [LogScope] = []
        for scope in try await self.store.read({ try $0.scopes() }).sorted(by: { $0.name < $1.name })
        where try await self.admits(other, to: scope) {
            scopes.append(scope)
        }
        return scopes
    }

    /// Whether it may tell another region anything of a scope.
    func admits(_ other: SimulatedRegion, to scope: LogScope) async throws -> Bool {
        let node = RosterNode(id: other.node, name: "region", role: .region, region: "")
        return try await self.store.read { try scope == .server || $0.admits(node, to: scope.name) }
    }

    /// Whether it may ask another region for a project that it had to remove.
    func mayAsk(_ server: SimulatedRegion, for scope: LogScope) async throws -> Bool {
        guard let purge = try await self.store.read({ try $0.purge(of: scope.name) }) else { return true }
        return purge.isLifted(by: try await server.marks(of: scope))
    }

    // MARK: Objects

    /// Takes objects in, and where a reader stands with another region, in one transaction.
    func take(
        _ objects: [Sample], into project: ProjectID, _ catalogue: Catalogue, _ cursor: PeerCursor? = nil
    ) async throws {
        let fault = self.store.takeFault()
        if fault == .beforeCommit { throw SimulatedCrash() }
        if let cursor { try await self.store.disk.write { try $0.put(cursor) } }
        _ = self.epoch(of: project)
        self.journals[project]?.append(objects)
        self.catalogue = catalogue
        self.shelf.ids.withLock { $0[project, default: []] += objects.map(\.id) }
        self.noteComplete()
        if fault == .afterCommit { throw SimulatedCrash() }
    }

    private func noteComplete() {
        var roots: Set<ObjectID> = []
        for journal in self.journals.values {
            roots.formUnion(journal.texts.keys.filter { self.catalogue.isComplete($0, in: journal.texts) })
        }
        self.store.disk.setComplete(roots)
    }

    func keep(unfinished bytes: [UInt8]?, of project: ProjectID, from source: NodeID) {
        self.unfinished[source, default: [:]][project] = bytes
    }

    // MARK: Being put back

    func makeBackup() { self.backup = Backup(rows: self.store.disk.copy(), journals: self.journals) }

    /// Everything since the last backup is gone; `false` without one. Journals are numbered anew, so that nobody's cursor
    /// fits them, and nothing is written until all `others` were heard.
    func putBack(hearing others: [Int]) -> Bool {
        guard let backup else { return false }
        self.store.disk = backup.rows.copy()
        self.journals = backup.journals.mapValues { $0.rebuilt(epoch: self.epochs.next()) }
        self.unfinished = [:]
        self.unheard = Dictionary(uniqueKeysWithValues: others.map { ($0, nil) })
        self.noteComplete()
        return true
    }

    var mayWrite: Bool { self.unheard.isEmpty && !self.isSilenced }

    /// Nobody writes here any more.
    func stopWriting() { self.isSilenced = true }

    /// Another region says what there is.
    func begin(hearing other: Int, _ scopes: [LogScope]) {
        guard let left = self.unheard[other], left == nil else { return }
        self.unheard[other] = scopes.isEmpty ? nil : .some(Set(scopes))
    }

    func heard(_ scope: LogScope, of other: Int) {
        guard case .some(.some(var left)) = self.unheard[other] else { return }
        left.remove(scope)
        if left.isEmpty { self.unheard.removeValue(forKey: other) } else { self.unheard[other] = .some(left) }
    }
}
