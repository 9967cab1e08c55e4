public import Logging
public import ObjectModel
public import ServiceLifecycle
import Storage
import SyncProtocol
public import SyncTransport
import Synchronization

/// Keeps this region the same as the other regions of the roster: people, projects and their content.
///
/// From each region one connection brings what changed there, wherever it was written first. So everything arrives as long
/// as regions are connected somehow, and nobody leads.
public final class RegionService: Service {
    /// How another region is doing, as seen from here.
    public struct Status: Equatable, Sendable {
        public var node: NodeID
        public var name: String
        public var region: String
        /// When everything that the region had was last known to be here.
        public var lastCompleted: Timestamp?
        /// What went wrong last; `nil` while all is well.
        public var problem: String?
    }

    private let replica: Replica
    private let dialler: SyncDialler
    private let roster: RosterBook
    private let node: NodeID
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let heardAll: (@Sendable () async -> Void)?
    /// The regions of which everything was heard since the start.
    private let heard = Mutex<Set<NodeID>>([])
    private let turns = ProjectTurns()
    private let wakeups = Wakeups()
    private let statuses = Mutex<[NodeID: Status]>([:])

    /// - Parameters:
    ///   - node: this one.
    ///   - heardAll: called when everything that all other regions had is here, perhaps several times.
    public init(
        _ replica: Replica, dialler: SyncDialler, roster: RosterBook, node: NodeID, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp, heardAll: (@Sendable () async -> Void)? = nil
    ) {
        self.replica = replica
        self.dialler = dialler
        self.roster = roster
        self.node = node
        self.logger = logger
        self.clock = clock
        self.heardAll = heardAll
    }

    /// The other regions, by name.
    public var regions: [Status] { self.statuses.withLock { Array($0.values) }.sorted { $0.name < $1.name } }

    public func run() async throws {
        if self.others.isEmpty { await self.heardAll?() }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                var followed: Set<NodeID> = []
                while !Task.isCancelled {
                    for region in self.others where followed.insert(region.id).inserted {
                        group.addTask { await self.follow(region.id) }
                    }
                    // A newer roster may list further regions.
                    try? await Task.sleep(for: Limits.rosterLookTime)
                }
            }
        }
    }

    /// Brings now what a region has of a project, on a connection of its own: somebody waits for it.
    ///
    /// - Throws: ``SourceUnknown`` when the roster does not list the region, and what fetching throws.
    public func bring(_ project: ProjectID, from node: NodeID) async throws {
        guard self.others.contains(where: { $0.id == node }) else {
            throw SourceUnknown(text: "the roster lists no region \(node)")
        }
        let source = try ProjectSource(node, at: nil, token: nil, by: self.roster.current)
        try await self.dialler.withConnection(to: source) { try await self.bring(project, from: node, on: $0) }
    }

    private var others: [RosterNode] {
        self.roster.current?.nodes.filter { $0.role == .region && $0.id != self.node } ?? []
    }

    /// Brings what one region has for as long as the service runs. A failure is tried again, ever more slowly.
    private func follow(_ node: NodeID) async {
        var backoff = Backoff(upTo: Limits.regionPauseMax)
        while !Task.isCancelled {
            let before = self.statuses.withLock { $0[node]?.lastCompleted }
            do {
                guard let region = self.others.first(where: { $0.id == node }) else {
                    self.statuses.withLock { $0[node] = nil }
                    try await Task.sleep(for: Limits.rosterLookTime)
                    continue
                }
                self.note(region) { $0.name = region.name }
                let source = try ProjectSource(node, at: nil, token: nil, by: self.roster.current)
                try await self.dialler.withConnection(to: source) { try await self.follow(region, on: $0) }
            } catch {
                guard !Task.isCancelled else { return }
                self.statuses.withLock { $0[node]?.problem = "\(error)" }
                self.logger.warning(
                    "a region is not followed", metadata: ["peer.id": "\(node)", "reason": "\(error)"])
            }
            if self.statuses.withLock({ $0[node]?.lastCompleted }) != before { backoff.reset() }
            let pause = backoff.next()
            if await self.wakeups.pause(node, { try? await Task.sleep(for: pause) }) { backoff.reset() }
        }
    }

    /// A region that dials this one can be reached again, as far as anybody knows.
    public func heard(of node: NodeID) { self.wakeups.wake(node) }

    /// Asks for news all the time, also while what it heard of is brought: one large project holds nothing else up, nor does
    /// one that cannot be brought.
    private func follow(_ region: RosterNode, on connection: SyncConnection) async throws {
        let queue = NewsQueue()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var request = NewsMessage()
                while true {
                    let news = try await NewsRequest.ask(request, on: connection)
                    // A full answer may not be all of it.
                    let isAll = news.projects.count < SyncProtocol.Limits.changedProjectCountMax
                    await queue.add(news.projects, isAll: isAll)
                    request = NewsMessage(epoch: news.epoch, after: news.last)
                }
            }
            group.addTask {
                let orders = PurgeOrdering(self.replica, region: region.id, by: self.node, logger: self.logger) {
                    try await self.attempt($0, from: region, on: connection)
                }
                try await orders.run(on: connection)
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: Limits.failureLookTime)
                    await queue.retry(at: .now)
                }
            }
            for _ in 0..<Limits.regionProjectCountMax {
                group.addTask {
                    while let project = await queue.next() {
                        guard try await self.attempt(project, from: region, on: connection) else {
                            await queue.failed(project, at: .now)
                            continue
                        }
                        if await queue.finished(project) { await self.noteHeard(region) }
                    }
                }
            }
            do {
                try await group.next()
            } catch {
                group.cancelAll()
                await queue.close()
                throw error
            }
        }
    }

    /// Brings a project, or notes why it cannot be brought while others can.
    ///
    /// - Returns: whether it came.
    /// - Throws: what ended the connection, or the task.
    private func attempt(
        _ project: ProjectID, from region: RosterNode, on connection: SyncConnection
    ) async throws -> Bool {
        do {
            try await self.bring(project, from: region.id, on: connection)
            return true
        } catch {
            guard !Task.isCancelled, await !connection.isEnding else { throw error }
            self.note(region) { $0.problem = "project \(project): \(error)" }
            self.logger.warning(
                "a project does not come from a region",
                metadata: ["project": "\(project)", "peer.id": "\(region.id)", "reason": "\(error)"])
            return false
        }
    }

    /// Everything that the region had is here.
    private func noteHeard(_ region: RosterNode) async {
        let now = self.clock()
        self.note(region) { ($0.lastCompleted, $0.problem) = (now, nil) }
        let heard = self.heard.withLock { heard in
            heard.insert(region.id)
            return heard
        }
        if let heardAll, heard.isSuperset(of: self.others.map(\.id)) { await heardAll() }
    }

    private func note(_ region: RosterNode, _ change: (inout Status) -> Void) {
        self.statuses.withLock {
            change(&$0[region.id, default: Status(node: region.id, name: region.name, region: region.region)])
        }
    }

    /// A project comes from one region at a time: what the first one brought, the second one need not bring again. One that
    /// is a copy here has a source of its own.
    private func bring(_ project: ProjectID, from node: NodeID, on connection: SyncConnection) async throws {
        guard try await self.replica.metadata.read({ try $0.mirror(of: project) }) == nil else { return }
        try await self.turns.take(project) {
            let report: ProjectFetch.Report
            do {
                guard let found = try await self.fetch(project, from: node, on: connection) else { return }
                report = found
            } catch SyncTransportError.peer(let error) where error.code == .projectUnknown {
                // Since it told of the project it removed it, or must not tell of it any more.
                return
            }
            guard report.objectCount + report.operationCount > 0 else { return }
            self.logger.info(
                "a region sent news",
                metadata: [
                    "project": "\(project)", "peer.id": "\(node)", "objects": "\(report.objectCount)",
                    "operations": "\(report.operationCount)",
                ])
        }
    }
}

extension RegionService {
    /// - Returns: `nil` when the project had to be removed here, and the node has not heard that it may come back.
    private func fetch(
        _ project: ProjectID, from node: NodeID, on connection: SyncConnection
    ) async throws -> ProjectFetch.Report? {
        let (purge, wasHere) = try await self.replica.metadata.read { rows in
            (try rows.purge(of: project), try !rows.origins(in: LogScope(project)).isEmpty)
        }
        if let purge {
            let head = try await ProjectHead.ask(project, on: connection)
            guard purge.isLifted(by: head.marks.sequences) else { return nil }
        }
        let report = try await ProjectFetch(
            self.replica, project: project, from: node, clock: self.clock, region: self.node, purge: purge
        ).run(on: connection)
        let admission = Admission(node: self.node)
        let isAdmitted = try await self.replica.metadata.write {
            try admission.complete(project, wasHere: wasHere, in: $0)
        }
        guard isAdmitted else {  // POLICY-6
            throw SyncError(
                .forbidden, scope: .stream,
                publicMessage: "The policy of \(project) does not allow this node to have it.")
        }
        return report
    }
}
