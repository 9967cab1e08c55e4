public import ObjectModel
import Storage
import SyncProtocol
public import SyncTransport

/// Brings what one project has elsewhere into this replica, from several nodes that hold it (Spec §9.5).
///
/// The first source that answers leads: its journal is what is copied, and it has the final word. A reader that is far
/// behind has all sources bring parts of that journal at the same time. What came is then compared with the lead; only
/// after that its cursor is kept. A source that fails, or is wrong, is not asked any more; the next one leads when it was
/// the lead.
public struct ProjectGather: Sendable {
    public struct Report: Equatable, Sendable {
        /// By all sources together.
        public var brought = ProjectFetch.Report(objectCount: 0, operationCount: 0, rawByteCount: 0)
        /// The node that had the final word.
        public var lead: NodeID
        /// By the order of the sources; those that were asked.
        public var shares: [Share] = []
    }

    /// What one source did.
    public struct Share: Equatable, Sendable {
        public var node: NodeID
        public var objectCount: Int
        public var traffic: WireCounter.Traffic
    }

    private let replica: Replica
    private let project: ProjectID
    private let sources: [ProjectSource]
    private let dialler: SyncDialler
    private let progress: @Sendable (TransferProgress) -> Void
    private let onDrop: @Sendable (ProjectSource, any Error) -> Void

    /// - Parameters:
    ///   - sources: the first is preferred as the lead. At least one, at most ``MirrorSource/sourceCountMax``.
    ///   - onDrop: a source is not asked any more, for this reason.
    public init(
        _ replica: Replica, project: ProjectID, sources: [ProjectSource], dialler: SyncDialler,
        progress: @escaping @Sendable (TransferProgress) -> Void = { _ in },
        onDrop: @escaping @Sendable (ProjectSource, any Error) -> Void = { _, _ in }
    ) {
        precondition((1...MirrorSource.sourceCountMax).contains(sources.count), "a project has one to eight sources")
        self.replica = replica
        self.project = project
        self.sources = sources
        self.dialler = dialler
        self.progress = progress
        self.onDrop = onDrop
    }

    /// Brings everything, led by the first source that can.
    public func run() async throws -> Report {
        let ledger = Ledger()
        return try await self.leading { try await self.run(on: $0, leading: $1, ledger) }
    }

    /// Runs `body` on a connection to the first source that can do it.
    ///
    /// - Parameter body: gets the connection and the source's place.
    /// - Throws: what the first source failed with, when all of them do.
    public func leading<Result: Sendable>(
        _ body: @escaping @Sendable (SyncConnection, Int) async throws -> Result
    ) async throws -> Result {
        var problem: (any Error)?
        for (place, source) in self.sources.enumerated() {
            do {
                return try await self.dialler.withConnection(to: source) { try await body($0, place) }
            } catch let error where Self.isOfSource(error) && !Task.isCancelled {
                if self.sources.count > 1 { self.onDrop(source, error) }
                problem = problem ?? error
            }
        }
        throw problem ?? SyncTransportError.disconnected
    }

    /// Whether another source may do what one failed to do with this error.
    static func isOfSource(_ error: any Error) -> Bool {
        error is SyncTransportError || error is SyncError || error is RangeFetch.Rebuilt
    }

    // MARK: Leading

    /// Brings everything from the source at `place`, to which `connection` leads, and from those after it.
    public func run(on connection: SyncConnection, leading place: Int) async throws -> Report {
        try await self.run(on: connection, leading: place, Ledger())
    }

    private func run(
        on connection: SyncConnection, leading place: Int, _ ledger: Ledger
    ) async throws -> Report {
        ledger.add(connection.counter, of: place)
        let fetch = ProjectFetch(self.replica, project: self.project, from: self.sources[place].node)
        let gatheredEnd = try await fetch.gatheredEnd()
        if self.sources.count > 1 || gatheredEnd > 0 {
            try await self.prepare(fetch, place, gatheredEnd, on: connection, ledger)
        }
        ledger.add(try await fetch.run(on: connection, progress: self.progress), of: place)
        return ledger.report(of: self.sources, leading: place)
    }

    /// Sees to it that one FETCH brings what is then missing: compares with the lead when its cursor is not known, and
    /// gathers when the reader is far behind.
    private func prepare(
        _ fetch: ProjectFetch, _ place: Int, _ gatheredEnd: UInt64, on connection: SyncConnection, _ ledger: Ledger
    ) async throws {
        let distance = try await fetch.distance(on: connection)
        if !distance.followsCursor, gatheredEnd == 0, try await self.holdsObjects() {
            // Whatever came from other nodes is here: most likely next to nothing is missing.
            if try await self.confirm(distance.end, fetch, place, on: connection, ledger) { return }
        }
        guard gatheredEnd > 0 || distance.byteCount >= Limits.gatherByteCountMin else { return }
        try await self.gather(distance, from: gatheredEnd, place, on: connection, ledger)
        _ = try await self.confirm(distance.end, fetch, place, on: connection, ledger)
    }

    private func holdsObjects() async throws -> Bool {
        try await self.replica.objects.statistics(of: self.project).objectCount > 0
    }

    /// Finds out what the lead has and this replica has not, brings it, and keeps the lead's cursor (`SOURCES-2`).
    ///
    /// - Parameter end: of the lead's journal, at a moment before this.
    /// - Returns: `false` when too much is missing: a plain FETCH is better.
    private func confirm(
        _ end: JournalCursor, _ fetch: ProjectFetch, _ place: Int, on connection: SyncConnection, _ ledger: Ledger
    ) async throws -> Bool {
        let found: ProjectReconcile.Report
        do {
            found = try await ProjectReconcile(self.replica, project: self.project).run(on: connection)
        } catch is ProjectReconcile.TooDifferent {
            return false
        }
        let brought = try await fetch.run(wanted: found.missing, on: connection, progress: self.progress)
        ledger.add(brought, of: place)
        let missing = try await self.replica.objects.missing(from: found.missing, in: self.project)
        guard missing.isEmpty, found.goneCount == 0 else {
            throw SyncError(
                .contentMismatch, scope: .stream, publicMessage: "The node does not give objects that it says it has.")
        }
        try await fetch.keep(end)
        return true
    }

    // MARK: Gathering

    private func gather(
        _ distance: ProjectFetch.Distance, from gatheredEnd: UInt64, _ lead: Int, on connection: SyncConnection,
        _ ledger: Ledger
    ) async throws {
        let end = distance.end.nextOrdinal
        let ordinals = min(max(distance.firstOrdinal, gatheredEnd), end)..<end
        let plan = GatherPlan(
            ordinals, lead: lead, partCountMax: distance.objectCount(of: Limits.partByteCountMax),
            sourceCount: self.sources.count - lead)
        let run = GatherRun(
            self.replica, project: self.project, plan: plan, ledger: ledger, progress: distance.progress(of: ordinals),
            report: self.progress,
            onDrop: { source, error in
                // Whoever let the lead lead hears of it, and tells it.
                if source != lead { self.onDrop(self.sources[source], error) }
            })
        await run.join(lead, end: end)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await self.bring(from: lead, distance.end.epoch, on: connection, into: run) }
            for other in self.sources.indices.dropFirst(lead + 1) {
                group.addTask { await self.bring(from: other, into: run, ledger) }
            }
            try await run.store()
        }
        // A lead that was dropped has no final word.
        if let error = await run.dropped[lead] { throw error }
    }

    private func bring(from source: Int, into run: GatherRun, _ ledger: Ledger) async {
        let node = self.sources[source].node
        do {
            try await self.dialler.withConnection(to: self.sources[source]) { connection in
                ledger.add(connection.counter, of: source)
                let fetch = ProjectFetch(self.replica, project: self.project, from: node)
                let end = try await fetch.distance(on: connection).end
                await run.join(source, end: end.nextOrdinal)
                await self.bring(from: source, end.epoch, on: connection, into: run)
            }
        } catch {
            await run.drop(source, error)
        }
    }

    /// Has the source bring parts until the gathering is over: several at a time, so that the link never idles.
    private func bring(from source: Int, _ epoch: UInt64, on connection: SyncConnection, into run: GatherRun) async {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Limits.partsInFlightCount {
                    group.addTask {
                        for await _ in await run.changes() {
                            while let part = await run.next(for: source) {
                                try await self.bring(part, from: source, epoch, on: connection, into: run)
                            }
                        }
                    }
                }
                // The first failure ends them all.
                for try await _ in group {}
            }
        } catch {
            await run.drop(source, error)
        }
    }

    private func bring(
        _ part: GatherPlan.Part, from source: Int, _ epoch: UInt64, on connection: SyncConnection, into run: GatherRun
    ) async throws {
        let request = RangeFetch.request(self.project, JournalRange(epoch: epoch, ordinals: part))
        let stream = try await connection.open(request, flags: .end)
        do {
            guard await run.started(part, by: source, on: stream) else { return await stream.close() }
            var fetch = RangeFetch(self.replica, request, stream)
            let yield = try await fetch.run()
            await stream.close()
            if let yield { await run.brought(part, by: source, yield) }
        } catch is RangeFetch.BlockTooLarge {
            await stream.close()
            await run.skip(part, by: source)
        } catch {
            await stream.close((error as? SyncError) ?? SyncError(.cancelled))
            throw error
        }
    }
}
