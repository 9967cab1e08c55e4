import ObjectModel
import Storage
import SyncTransport

/// What the streams of one gathering share: asks the plan, keeps what came until its turn, and stores it.
actor GatherRun {
    typealias Part = GatherPlan.Part

    private struct Errand {
        var part: Part
        var source: Int
        var stream: SyncStream
    }

    private let replica: Replica
    private let project: ProjectID
    private let ledger: Ledger
    private let report: @Sendable (TransferProgress) -> Void
    private let onDrop: @Sendable (Int, any Error) -> Void
    private var plan: GatherPlan
    private var errands: [Errand] = []
    private var yields: [Part: RangeFetch.Yield] = [:]
    private var listeners: [AsyncStream<Void>.Continuation] = []
    private var isClosed = false
    private var failure: (any Error)?
    private var progress: TransferProgress
    /// Why sources are not asked any more.
    private(set) var dropped: [Int: any Error] = [:]

    /// - Parameters:
    ///   - progress: with the totals that the lead announced.
    ///   - onDrop: a source is not asked any more.
    init(
        _ replica: Replica, project: ProjectID, plan: GatherPlan, ledger: Ledger, progress: TransferProgress,
        report: @escaping @Sendable (TransferProgress) -> Void, onDrop: @escaping @Sendable (Int, any Error) -> Void
    ) {
        self.replica = replica
        self.project = project
        self.plan = plan
        self.ledger = ledger
        self.progress = progress
        self.report = report
        self.onDrop = onDrop
    }

    // MARK: For sources

    func join(_ source: Int, end: UInt64) {
        guard !self.isClosed else { return }
        self.plan.join(source, end: end)
        self.tell()
    }

    /// What `source` brings next; `nil` when there is nothing for it now.
    func next(for source: Int) -> Part? { self.isClosed ? nil : self.plan.next(for: source) }

    /// One element at once and one for each change, or for several; ends when the gathering does.
    func changes() -> AsyncStream<Void> {
        let (changes, listener) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        if self.isClosed { listener.finish() } else { self.listeners.append(listener) }
        listener.yield()
        return changes
    }

    /// `stream` brings `part` from now on; it is closed when somebody else is faster.
    ///
    /// - Returns: `false` when somebody else was faster already.
    func started(_ part: Part, by source: Int, on stream: SyncStream) -> Bool {
        guard self.plan.isCarrying(part, source) else { return false }
        self.errands.append(Errand(part: part, source: source, stream: stream))
        return true
    }

    /// `part` came.
    func brought(_ part: Part, by source: Int, _ yield: RangeFetch.Yield) async {
        self.errands.removeAll { $0.part == part && $0.source == source }
        guard case .keep(let others) = self.plan.brought(part, by: source) else { return }
        self.yields[part] = yield
        self.ledger.add(
            ProjectFetch.Report(
                objectCount: yield.objectCount, operationCount: 0, rawByteCount: yield.rawByteCount), of: source)
        self.progress.objectCount += yield.objectCount
        self.progress.byteCount += yield.byteCount
        self.progress.sourceCount = self.plan.activeCount
        self.report(self.progress)
        self.tell()
        await self.stop(part, others)
    }

    /// `part` cannot be gathered. Whoever concludes the gathering brings it.
    func skip(_ part: Part, by source: Int) async {
        self.errands.removeAll { $0.part == part && $0.source == source }
        let others = self.plan.skip(part, by: source)
        self.tell()
        await self.stop(part, others)
    }

    /// Asks `source` for nothing more, because of `error`. An error that is not the source's ends the gathering.
    func drop(_ source: Int, _ error: any Error) {
        guard !self.isClosed else { return }
        self.errands.removeAll { $0.source == source }
        guard ProjectGather.isOfSource(error) else {
            self.failure = self.failure ?? error
            return self.tell()
        }
        self.plan.drop(source)
        self.noteDropped(source, error)
        self.tell()
    }

    private func noteDropped(_ source: Int, _ error: any Error) {
        guard self.dropped.updateValue(error, forKey: source) == nil else { return }
        self.onDrop(source, error)
    }

    private func stop(_ part: Part, _ sources: [Int]) async {
        let stopped = self.errands.filter { $0.part == part && sources.contains($0.source) }
        self.errands.removeAll { $0.part == part && sources.contains($0.source) }
        for errand in stopped { await errand.stream.close() }
    }

    // MARK: Storing

    /// Makes what comes durable, in its order, until all of it is or nobody is left who could bring more.
    func store() async throws {
        defer { self.close() }
        for await _ in self.changes() {
            while self.failure == nil, let part = self.plan.nextToStore { try await self.store(part) }
            if let failure { throw failure }
            if self.plan.isOver { return }
        }
        throw CancellationError()
    }

    private func store(_ part: Part) async throws {
        guard let yield = self.yields.removeValue(forKey: part) else { preconditionFailure("what came is kept") }
        let summary = try await yield.batch.commit { [project] rows in
            guard var mirror = try rows.mirror(of: project) else { return }
            mirror.gatheredEnd = part.upperBound
            try rows.put(mirror)
        }
        self.tell()
        let event = self.plan.stored(part, addedCount: summary.addedCount, knownCount: summary.skippedCount)
        guard case .misordered(let source, let unstored) = event else { return }
        for part in unstored { self.yields[part] = nil }
        self.noteDropped(source, Misordered())
        for errand in self.errands where errand.source == source { await errand.stream.close() }
        self.errands.removeAll { $0.source == source }
    }

    /// A source has the project's objects in another order than the lead.
    struct Misordered: Error, CustomStringConvertible {
        var description: String { "it holds the objects in another order" }
    }

    private func tell() {
        for listener in self.listeners { listener.yield() }
    }

    private func close() {
        self.isClosed = true
        for listener in self.listeners { listener.finish() }
        self.listeners = []
    }
}
