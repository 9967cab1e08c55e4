public import ObjectModel
public import Storage
public import SyncProtocol
public import SyncTransport

/// Brings what one project has elsewhere into this replica, from where the last fetch stopped.
///
/// A cut loses nothing: every durable block moves the cursor, in one transaction with it.
public struct ProjectFetch: Sendable {
    public struct Report: Equatable, Sendable {
        public var objectCount: Int
        public var operationCount: Int
        public var rawByteCount: Int
        public var fileCount = 0
        /// Of files, as many as had to come.
        public var fileByteCount = 0

        static func += (left: inout Self, right: Self) {
            left.objectCount += right.objectCount
            left.operationCount += right.operationCount
            left.rawByteCount += right.rawByteCount
            left.fileCount += right.fileCount
            left.fileByteCount += right.fileByteCount
        }
    }

    private let replica: Replica
    let project: ProjectID
    /// The node that is asked: cursors are of one node.
    private let source: NodeID
    private let clock: (@Sendable () -> Timestamp)?
    private let region: NodeID?
    private let purge: Purge?

    /// - Parameters:
    ///   - clock: of this node, which the source's must not be far ahead of where both write; `nil` where only one of them
    ///     does.
    ///   - region: this node, where it is a region, and so is the other one.
    ///   - purge: what this node had to remove, where the other one knows what excluded it.
    public init(
        _ replica: Replica, project: ProjectID, from source: NodeID, clock: (@Sendable () -> Timestamp)? = nil,
        region: NodeID? = nil, purge: Purge? = nil
    ) {
        self.replica = replica
        self.project = project
        self.source = source
        self.clock = clock
        self.region = region
        self.purge = purge
    }

    /// Where this replica stands with the node.
    ///
    /// - Precondition: the node is a source of the project.
    public func position() async throws -> (cursor: JournalCursor?, marks: [OperationMark]) {
        try await self.replica.metadata.read { rows in
            let cursor = try SourceCursor.read(self.project, self.source, rows)
            return (cursor, try rows.marks(in: LogScope(self.project)))
        }
    }

    /// Up to where a gathering from several nodes came that did not come to its end; 0 when there is none.
    func gatheredEnd() async throws -> UInt64 {
        try await self.replica.metadata.read { try $0.mirror(of: self.project)?.gatheredEnd ?? 0 }
    }

    /// Everything of the node's journal before `cursor` is held durably, and no gathering is under way any more.
    func keep(_ cursor: JournalCursor) async throws {
        let isKept = try await self.replica.metadata.read { rows in
            let mirror = try rows.mirror(of: self.project)
            return try SourceCursor.read(self.project, self.source, rows) == cursor && mirror?.gatheredEnd ?? 0 == 0
        }
        guard !isKept else { return }
        try await self.replica.metadata.write { rows in
            try SourceCursor.save(cursor, self.project, self.source, rows)
            guard var mirror = try rows.mirror(of: self.project), mirror.gatheredEnd > 0 else { return }
            mirror.gatheredEnd = 0
            try rows.put(mirror)
        }
    }

    /// Roots of versions that are here, newest first: what they lead to need not come from another node again.
    private func heldRoots(limit: Int) async throws -> [ObjectID] {
        let versions = try await self.replica.metadata.read {
            try $0.newestVersions(in: self.project, after: nil, limit: limit)
        }
        var seen = Set<ObjectID>()
        return versions.compactMap(\.root.object).filter { seen.insert($0).inserted }
    }

    /// Runs one FETCH to its end: everything that came is durable then.
    ///
    /// What leans on what is here and does not fit it is asked for once more, as it is (`DELTA-6`, `RESUME-8`).
    ///
    /// - Parameters:
    ///   - waiting: the node answers only when it has something new.
    ///   - withoutOperations: only objects are brought.
    public func run(
        waiting: Bool = false, withoutOperations: Bool = false, on connection: SyncConnection,
        progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> Report {
        var options: FetchMessage.Options = waiting ? .waiting : []
        if withoutOperations { options.insert(.withoutOperations) }
        if self.project == .server { options.insert(.withoutObjects) }
        let begun = try await self.replica.unfinished.take(of: self.project, from: self.source.rawValue)
        do {
            return try await self.run(
                options, accepting: [.deltas, .snapshots], begun: begun, on: connection, progress)
        } catch is HeldMismatch {
            options.remove(.waiting)
            return try await self.run(options, accepting: .snapshots, begun: nil, on: connection, progress)
        }
    }

    /// Brings exactly these objects, as many of them as the other node has.
    public func run(
        wanted: [ObjectID], on connection: SyncConnection,
        progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> Report {
        var report = Report(objectCount: 0, operationCount: 0, rawByteCount: 0)
        for start in stride(from: 0, to: wanted.count, by: SyncProtocol.Limits.wantedCountMax) {
            let part = wanted[start..<min(start + SyncProtocol.Limits.wantedCountMax, wanted.count)]
            let request = FetchMessage(project: self.project, wanted: Array(part))
            let fetched = try await self.run(FetchClient(request), on: connection, progress)
            report.objectCount += fetched.objectCount
            report.rawByteCount += fetched.rawByteCount
        }
        return report
    }

    /// Brings these objects and all that they lead to, but for what this replica says that it holds.
    ///
    /// - Parameter heldRoots: complete here, with all below; at most ``SyncProtocol/Limits/rootCountMax``.
    public func run(
        below roots: [ObjectID], holding heldRoots: [ObjectID], on connection: SyncConnection,
        progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> Report {
        do {
            let request = FetchMessage(
                project: self.project, wanted: roots, options: .withClosures, accepted: .deltas, roots: heldRoots)
            return try await self.run(FetchClient(request), on: connection, progress)
        } catch is HeldMismatch {
            let request = FetchMessage(project: self.project, wanted: roots, options: .withClosures)
            return try await self.run(FetchClient(request), on: connection, progress)
        }
    }

    private func run(
        _ options: FetchMessage.Options, accepting accepted: FetchMessage.Accepted, begun: [UInt8]?,
        on connection: SyncConnection, _ progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws -> Report {
        let position = try await self.position()
        // What another region has since may have come from a third one.
        let isShared = try await self.replica.metadata.read { try $0.mirror(of: self.project) } == nil
        let rootCount =
            position.cursor == nil ? SyncProtocol.Limits.rootCountMax : isShared ? Limits.sharedRootCount : 0
        let request = FetchMessage(
            project: self.project, cursor: position.cursor, marks: position.marks, options: options,
            accepted: accepted,
            roots: try await self.heldRoots(limit: rootCount))
        return try await self.run(FetchClient(request, begun: begun), on: connection, progress)
    }

    private func run(
        _ machine: consuming FetchClient, on connection: SyncConnection,
        _ progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws -> Report {
        let begun = machine.unfinished
        let stream: SyncStream
        do {
            stream = try await connection.open(machine.request, flags: .end)
        } catch {
            try await self.replica.unfinished.keep(remains: begun, of: self.project, from: self.source.rawValue)
            throw error
        }
        do {
            var run = FetchRun(
                self.replica, machine, from: self.source, stream, clock: self.clock, region: self.region,
                purge: self.purge, progress: progress)
            let report = try await run.run()
            await stream.close()
            return report
        } catch {
            let mismatch = error is HeldMismatch ? SyncError(.contentMismatch, scope: .stream) : nil
            await stream.close((error as? SyncError) ?? mismatch ?? SyncError(.cancelled))
            throw error
        }
    }
}

/// One FETCH in progress: performs what the machine asks for.
private struct FetchRun: ~Copyable {
    private let replica: Replica
    private let project: ProjectID
    private let source: NodeID
    private let stream: SyncStream
    private let clock: (@Sendable () -> Timestamp)?
    private let region: NodeID?
    private let purge: Purge?
    private let report: @Sendable (TransferProgress) -> Void
    private var machine: FetchClient
    private var intake: BlockIntake
    private var progress = TransferProgress()
    private var rawByteCount = 0
    private var operationCount = 0
    private var fileCount = 0
    private var done: DoneMessage?
    /// `nil` when logs come without gaps.
    private var snapshot: SnapshotArrival?

    init(
        _ replica: Replica, _ machine: consuming FetchClient, from source: NodeID, _ stream: SyncStream,
        clock: (@Sendable () -> Timestamp)?, region: NodeID?, purge: Purge?,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) {
        self.replica = replica
        self.project = machine.request.project
        self.source = source
        self.stream = stream
        self.clock = clock
        self.region = region
        self.purge = purge
        self.report = progress
        let project = machine.request.project
        self.intake = BlockIntake(
            replica, project: project, policy: .fromNode, stream: stream,
            joining: { cursor in { try SourceCursor.save(cursor, project, source, $0) } })
        self.machine = machine
    }

    mutating func run() async throws -> ProjectFetch.Report {
        do {
            try await withThrowingTaskGroup(of: BlockIntake.Step.self) { try await self.receive(&$0) }
        } catch {
            self.announceWhatCame()
            guard error is SyncTransportError else { throw error }
            let isResumable = self.machine.request.followsJournal
            let remains = isResumable ? self.machine.unfinished : nil
            try await self.replica.unfinished.keep(remains: remains, of: self.project, from: self.source.rawValue)
            throw error
        }
        return try await self.finish()
    }

    /// Those who follow this node would else ask in vain, and two regions that follow each other would do so for ever.
    private func announceWhatCame() {
        guard self.progress.objectCount + self.operationCount > 0 else { return }
        self.replica.changes.announce(self.project, from: self.source)
    }

    private mutating func receive(_ steps: inout BlockIntake.Steps) async throws {
        do {
            for try await frame in self.stream.frames {
                try await self.received(frame, &steps)
                if self.done != nil { return }
            }
            throw SyncTransportError.disconnected
        } catch let error as SyncTransportError {
            // What came whole before the cut need not come again.
            try await self.makeDurable(&steps)
            throw error
        }
    }

    private mutating func finish() async throws -> ProjectFetch.Report {
        guard let done else { throw SyncTransportError.disconnected }
        let request = self.machine.request
        if request.wanted.isEmpty, !request.options.contains(.withoutObjects) {  // DONE-5
            try await self.keep(done.cursor)
        }
        self.announceWhatCame()
        return ProjectFetch.Report(
            objectCount: self.progress.objectCount, operationCount: self.operationCount,
            rawByteCount: self.rawByteCount, fileCount: self.fileCount,
            fileByteCount: self.progress.fileByteCount)
    }

    private mutating func received(_ frame: SyncFrame, _ steps: inout BlockIntake.Steps) async throws {
        switch self.machine.received(frame.header, payload: frame.payload.span.bytes) {
        case .begin(let plan), .startOver(let plan):
            self.progress.objectCountTotal = Int(clamping: plan.objectCount)
            self.progress.byteCountTotal = Int(clamping: plan.storedByteCount)
            self.report(self.progress)
            if plan.flags.contains(.snapshot) {
                let intake = SnapshotIntake(
                    LogScope(self.project), from: self.source, compacted: plan.compacted.sequences,
                    intake: self.operationIntake)
                self.snapshot = try await SnapshotArrival(intake, self.replica.metadata)
            }
        case .readData: try await self.readData(frame.payload, &steps)
        case .apply(let message):
            try await self.makeDurable(&steps)
            try await self.apply(message)
            try await self.stream.release(frame.payload.count)
            // A snapshot is taken as a whole.
            if self.snapshot == nil { self.note(self.machine.madeDurable()) }
        case .awaitDurability:
            try await self.makeDurable(&steps)
            try await self.takeSnapshot()
        case .finish(let done): self.done = done
        case .fail(let error): throw error
        case .rebuilt: preconditionFailure("no range was asked for")
        }
    }

    private mutating func readData(
        _ payload: [UInt8], _ steps: inout BlockIntake.Steps
    ) async throws {
        var offset = 0
        while true {
            switch self.machine.nextBlock(in: payload.span.bytes, at: &offset) {
            case .needMore: return
            case .began(let byteCount): try await self.stream.blockBegan(byteCount: byteCount)
            case .store(let block, let cursor):
                await self.stream.blockCompleted()
                self.progress.objectCount += Int(block.header.objectCount)
                self.progress.byteCount += block.streamByteCount
                self.rawByteCount += Int(block.header.rawByteCount)
                try await self.intake.take(block, cursor: cursor, in: &steps)
                self.noteDurable()
                self.report(self.progress)
            case .fail(let error): throw error
            }
        }
    }

    private mutating func makeDurable(_ steps: inout BlockIntake.Steps) async throws {
        try await self.intake.finish(&steps)
        self.noteDurable()
    }

    private mutating func noteDurable() {
        let count = self.intake.takeDurableCount()
        if count > 0 { self.note(self.machine.madeDurable(count)) }
    }

    private mutating func note(_ event: FetchClient.OnDurable) {
        if case .finish(let done) = event { self.done = done }
    }

    private var operationIntake: OperationIntake {
        OperationIntake(
            LogScope(self.project), now: self.clock?(), region: self.region, purge: self.purge,
            held: self.machine.request.marks.sequences)
    }

    /// Versions become visible here, each only with its whole closure.
    private mutating func apply(_ message: OperationsMessage) async throws {
        let operations = message.operations(in: LogScope(self.project)).map { DecodedOperation($0) }
        let bodies = operations.compactMap(\.content.body)
        try await self.fetchFiles(of: bodies)
        try await self.lookUpRoots(of: bodies)
        self.operationCount += operations.count
        guard self.snapshot == nil else {
            self.snapshot?.messageCount += 1
            try await self.snapshot?.putAside(operations.map(\.operation))
            return
        }
        let intake = self.operationIntake
        do {
            try await self.replica.metadata.write { try intake.take(operations, in: $0) }
        } catch let refusal as OperationRefusal {
            throw SyncError(refusal)
        }
    }

    /// All of it has come, and is what was sent (`SNAP-5`).
    private mutating func takeSnapshot() async throws {
        guard let snapshot else { return }
        do {
            try await snapshot.take()
        } catch let refusal as OperationRefusal {
            throw SyncError(refusal)
        }
        self.note(self.machine.madeDurable(snapshot.messageCount))
    }

    /// Finds out side by side what the transaction would find out one after the other: whether roots are complete.
    private func lookUpRoots(of bodies: [OperationBody]) async throws {
        var roots = Set<ObjectID>()
        for case .versionCreated(let version) in bodies {
            if let root = version.root.object { roots.insert(root) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, root) in roots.enumerated() {
                if index >= Limits.rootLookUpCountMax { try await group.next() }
                group.addTask { [replica, project] in _ = try await replica.objects.isComplete(root, in: project) }
            }
            try await group.waitForAll()
        }
    }

    /// Brings the bytes of those files that this replica does not have, some at a time.
    private mutating func fetchFiles(of bodies: [OperationBody]) async throws {
        var contents: [ContentHash: BlobContent] = [:]
        for content in bodies.flatMap(\.files) {
            guard content.byteCount <= BlobParts.byteCountMax else {
                throw SyncError(
                    .contentMismatch, scope: .stream, publicMessage: "File \(content.digest) is too long.")
            }
            contents[content.digest] = content
        }
        guard !contents.isEmpty else { return }
        let missing = try await self.replica.metadata.read { [project, contents] rows in
            try contents.values.filter { try rows.content($0.digest, in: project) == nil }
        }
        self.progress.fileByteCountTotal += Int(clamping: missing.reduce(0) { $0 + $1.byteCount })
        let meter = FileMeter(self.progress, self.report)
        let (replica, project, connection) = (self.replica, self.project, self.stream.connection)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, content) in missing.enumerated() {
                if index >= Limits.fileCountMax { try await group.next() }
                group.addTask {
                    let fetch = BlobFetch(replica: replica, project: project, content: content) { meter.add($0) }
                    try await fetch.run(on: connection)
                }
            }
            try await group.waitForAll()
        }
        self.progress = meter.progress
        self.fileCount += missing.count
    }

    private func keep(_ cursor: JournalCursor) async throws {
        try await ProjectFetch(self.replica, project: self.project, from: self.source).keep(cursor)
    }
}
