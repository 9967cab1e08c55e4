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
        /// What went wrong last; `nil` while all is well.
        public var problem: String?

        public init(lastCompleted: Timestamp? = nil, problem: String? = nil) {
            self.lastCompleted = lastCompleted
            self.problem = problem
        }
    }

    private let replica: Replica
    private let dialler: SyncDialler
    private let roster: RosterBook?
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let statuses = Mutex<[ProjectID: Status]>([:])
    private let added: AsyncStream<ProjectID>
    private let adding: AsyncStream<ProjectID>.Continuation

    /// - Parameter roster: the nodes that this one knows, if any.
    public init(
        _ replica: Replica, dialler: SyncDialler, roster: RosterBook?, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.replica = replica
        self.dialler = dialler
        self.roster = roster
        self.logger = logger
        self.clock = clock
        (self.added, self.adding) = AsyncStream.makeStream(of: ProjectID.self)
    }

    public func status(of project: ProjectID) -> Status {
        self.statuses.withLock { $0[project] ?? Status() }
    }

    /// Starts to copy a project, durably: the node goes on with it after every start.
    ///
    /// - Throws: ``DomainError`` when this node has the project already, or nobody can be asked for it.
    public func add(_ mirror: Mirror, reader: UserID) async throws {
        do throws(SourceUnknown) {
            _ = try mirror.targets(by: self.roster?.current)
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
                guard let mirror = try await self.replica.metadata.read({ try $0.mirror(of: project) }) else { return }
                try await self.follow(mirror)
            } catch is CancellationError {
                return
            } catch {
                self.note("\(error)", project)
                self.logger.warning(
                    "a copy is not up to date", metadata: ["project": "\(project)", "reason": "\(error)"])
            }
            if self.status(of: project).lastCompleted != lastCompleted { backoff.reset() }
            var generator = SystemRandomNumberGenerator()
            try? await Task.sleep(for: backoff.next(using: &generator))
        }
    }

    private func follow(_ mirror: Mirror) async throws {
        let targets = try mirror.targets(by: self.roster?.current)
        try await self.dialler.withConnection(toFirstOf: targets) { connection in
            let fetch = ProjectFetch(self.replica, project: mirror.project)
            self.noteCompleted(mirror.project, try await fetch.run(on: connection))
            // From now on the node sends what is new as soon as it is there.
            while true {
                self.noteCompleted(mirror.project, try await fetch.run(waiting: true, on: connection))
            }
        }
    }

    private func noteCompleted(_ project: ProjectID, _ report: ProjectFetch.Report) {
        self.statuses.withLock { $0[project] = Status(lastCompleted: self.clock()) }
        guard report.objectCount + report.operationCount > 0 else { return }
        self.logger.info(
            "a copy moved on",
            metadata: [
                "project": "\(project)", "objects": "\(report.objectCount)", "operations": "\(report.operationCount)",
            ])
    }

    private func note(_ problem: String, _ project: ProjectID) {
        self.statuses.withLock { $0[project, default: Status()].problem = problem }
    }
}

/// Delays between attempts: they double up to a minute, and no two nodes keep step.
struct Backoff {
    private static let first = Duration.milliseconds(500)
    private static let last = Duration.seconds(60)
    private var delay = Self.first

    mutating func reset() { self.delay = Self.first }

    /// Between half of the delay and all of it.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let delay = self.delay
        self.delay = min(delay * 2, Self.last)
        return delay * Double.random(in: 0.5...1, using: &generator)
    }
}
