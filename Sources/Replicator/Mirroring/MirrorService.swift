public import Logging
public import ObjectModel
public import ServiceLifecycle
public import Storage
import SyncProtocol
public import SyncTransport
import Synchronization

/// Keeps copies of other nodes' projects up to date: fetches, then waits for the next change, for as long as it runs.
public final class MirrorService: Service {
    /// How one copy is doing.
    public struct Status: Equatable, Sendable {
        /// When the copy was last known to be complete.
        public var lastCompleted: Timestamp?
        /// The node that served it then.
        public var servedBy: NodeID?
        /// What went wrong last; `nil` while all is well.
        public var problem: String?

        public init(lastCompleted: Timestamp? = nil, servedBy: NodeID? = nil, problem: String? = nil) {
            self.lastCompleted = lastCompleted
            self.servedBy = servedBy
            self.problem = problem
        }
    }

    private let replica: Replica
    private let dialler: SyncDialler
    private let roster: RosterBook?
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let standInTime: Duration
    private let onMove: (@Sendable (ProjectID, ProjectFetch.Report) async -> Void)?
    private let statuses = Mutex<[ProjectID: Status]>([:])
    private let added: AsyncStream<ProjectID>
    private let adding: AsyncStream<ProjectID>.Continuation

    /// - Parameters:
    ///   - roster: the nodes that this one knows, if any.
    ///   - standInTime: how long a node stands in for the sources before it, until these are tried again.
    ///   - onMove: called after something new came.
    public init(
        _ replica: Replica, dialler: SyncDialler, roster: RosterBook?, logger: Logger,
        standInTime: Duration = .seconds(60),
        onMove: (@Sendable (ProjectID, ProjectFetch.Report) async -> Void)? = nil,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.replica = replica
        self.dialler = dialler
        self.roster = roster
        self.logger = logger
        self.clock = clock
        self.standInTime = standInTime
        self.onMove = onMove
        (self.added, self.adding) = AsyncStream.makeStream(of: ProjectID.self)
    }

    public func status(of project: ProjectID) -> Status {
        self.statuses.withLock { $0[project] ?? Status() }
    }

    /// Starts to copy a project, durably: the node goes on with it after every start.
    ///
    /// - Parameter sources: further nodes that have the project.
    /// - Throws: ``DomainError`` when this node has the project already, or a node cannot be asked for it.
    public func add(_ mirror: Mirror, sources: [MirrorSource], reader: UserID) async throws {
        do throws(SourceUnknown) {
            _ = try mirror.source(by: self.roster?.current)
            for source in sources { _ = try source.source(by: self.roster?.current) }
        } catch {
            throw DomainError(.badRequest, "The project cannot be copied: \(error).")
        }
        try await self.replica.metadata.write { rows in
            guard try rows.mirror(of: mirror.project) == nil else {
                throw DomainError(.badRequest, "This node copies that project already.")
            }
            guard try rows.project(mirror.project) == nil else {
                throw DomainError(.badRequest, "This node has a project of its own under that id.")
            }
            try rows.put(mirror)
            for source in sources { try rows.put(source) }
            try rows.grantReading(of: mirror.project, to: reader)
        }
        self.adding.yield(mirror.project)
    }

    public func run() async throws {
        let known = try await self.replica.metadata.read { try $0.mirrors() }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for mirror in known { group.addTask { await self.keep(mirror.project) } }
                for await project in self.added { group.addTask { await self.keep(project) } }
            }
        }
    }

    /// Copies one project until the task is cancelled. A failure is tried again, ever more slowly.
    private func keep(_ project: ProjectID) async {
        var backoff = Backoff()
        while !Task.isCancelled {
            let lastCompleted = self.status(of: project).lastCompleted
            do {
                guard let sources = try await self.replica.sources(of: project, by: self.roster?.current)
                else { return }
                try await self.follow(project, sources)
            } catch is CancellationError {
                return
            } catch {
                guard !Task.isCancelled else { return }
                self.note("\(error)", project)
                self.logger.warning(
                    "a copy is not up to date", metadata: ["project": "\(project)", "reason": "\(error)"])
            }
            await backoff.pause(hasMoved: self.status(of: project).lastCompleted != lastCompleted)
        }
    }

    /// Copies from the first source that answers. Returns when sources before that one should be tried again.
    private func follow(_ project: ProjectID, _ sources: [ProjectSource]) async throws {
        let gather = ProjectGather(
            self.replica, project: project, sources: sources, dialler: self.dialler,
            onDrop: { source, error in
                self.logger.warning(
                    "a source is not asked any more",
                    metadata: ["project": "\(project)", "peer.id": "\(source.node)", "reason": "\(error)"])
            })
        try await gather.leading { connection, place in
            let source = sources[place].node
            let report = try await gather.run(on: connection, leading: place)
            await self.noteCompleted(project, source, report.brought)
            try await Self.limited(to: place == 0 ? nil : self.standInTime) {
                try await self.wait(for: project, source, on: connection)
            }
        }
    }

    /// From now on the node sends what is new as soon as it is there.
    private func wait(for project: ProjectID, _ source: NodeID, on connection: SyncConnection) async throws {
        let fetch = ProjectFetch(self.replica, project: project, from: source)
        while !Task.isCancelled {
            let report = try await fetch.run(waiting: true, on: connection)
            await self.noteCompleted(project, source, report)
        }
    }

    /// Runs `body`, but not longer than `time`.
    private static func limited(to time: Duration?, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard let time else { return try await body() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try await Task.sleep(for: time) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func noteCompleted(_ project: ProjectID, _ source: NodeID, _ report: ProjectFetch.Report) async {
        self.statuses.withLock { $0[project] = Status(lastCompleted: self.clock(), servedBy: source) }
        guard report.objectCount + report.operationCount > 0 else { return }
        self.logger.info(
            "a copy moved on",
            metadata: [
                "project": "\(project)", "peer.id": "\(source)", "objects": "\(report.objectCount)",
                "operations": "\(report.operationCount)",
            ])
        await self.onMove?(project, report)
    }

    private func note(_ problem: String, _ project: ProjectID) {
        self.statuses.withLock { $0[project, default: Status()].problem = problem }
    }
}

/// Delays between attempts: they double up to a last one, and no two nodes keep step.
struct Backoff {
    private static let first = Duration.milliseconds(500)
    private let last: Duration
    private var delay = Self.first

    init(upTo last: Duration = .seconds(60)) {
        self.last = last
    }

    mutating func reset() { self.delay = Self.first }

    /// Waits for the next attempt, or until the task is cancelled.
    ///
    /// - Parameter hasMoved: whether the attempt before came to something.
    mutating func pause(hasMoved: Bool) async {
        if hasMoved { self.reset() }
        try? await Task.sleep(for: self.next())
    }

    /// Between half of the delay and all of it.
    mutating func next() -> Duration {
        let delay = self.delay
        self.delay = min(delay * 2, self.last)
        return delay * Double.random(in: 0.5...1)
    }
}
