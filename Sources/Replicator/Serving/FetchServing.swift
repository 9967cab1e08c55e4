import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Answers one FETCH from this replica.
struct FetchServing {
    /// What the answer will hold, read before anything is sent.
    fileprivate struct Plan {
        var message: PlanMessage
        var parts: [JournalPart] = []
        var usesDeltas = false
        /// What the reader holds with all below; `nil` when it holds all that it does not get.
        var heldRoots: [ObjectID]?
        /// Where deltas of the same answer may be found; `nil` when the reader lacks more than the journal's end.
        var deltaKey: DeltaCache.Key?
        var nextOrdinal: UInt64 = 0
        var missingCount: UInt64 = 0
        /// Of each origin, up to where its operations go.
        var logs: [NodeID: UInt64] = [:]
    }

    private let replica: Replica
    private let stream: SyncStream
    /// What all answers of a node share.
    struct Shared: Sendable {
        let budget = ServingBudget(count: Limits.largeAnswerCountMax)
        let deltas = DeltaCache()
    }

    private let shared: Shared
    private let isForRegion: Bool
    private let requireAccess: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - isForRegion: whether the peer is a region, which gets operations as they are.
    ///   - requireAccess: throws when the peer may not read the project any more.
    init(
        _ replica: Replica, _ stream: SyncStream, _ shared: Shared, isForRegion: Bool,
        requireAccess: @escaping @Sendable () async throws -> Void
    ) {
        self.replica = replica
        self.stream = stream
        self.shared = shared
        self.isForRegion = isForRegion
        self.requireAccess = requireAccess
    }

    func serve(_ machine: consuming FetchServer) async throws {
        let request = machine.request
        guard let plan = try await self.planWhenNew(request) else { return }
        try await self.requireAccess()  // POLICY-5
        guard plan.message.flags.contains(.snapshot) else { return try await self.answer(plan, machine) }
        let scope = LogScope(request.project)
        await self.replica.logAccess.beginReading(scope)
        defer { self.replica.logAccess.endReading(scope) }
        // More may have been left out until here.
        try await self.answer(try await self.plan(request), machine)
    }

    private func answer(_ plan: Plan, _ machine: consuming FetchServer) async throws {
        let request = machine.request
        guard !plan.isUnchanged(since: request) else {
            try await self.stream.send(machine.unchanged(), flags: .end)
            return
        }
        try await self.stream.send(machine.planned(plan.message))
        var feed = OperationFeed(
            self.replica.metadata, of: LogScope(request.project), upTo: plan.logs, held: request.marks.sequences,
            isSnapshot: plan.message.flags.contains(.snapshot))
        // What leads to no objects need not wait for them.
        let begun = plan.parts.isEmpty ? [] : try await self.sendLight(&feed, &machine)
        let isSent: Void? =
            plan.usesDeltas
            ? try await self.shared.budget.spend { try await self.sendDeltas(plan, of: request.project, &machine) }
            : nil
        if isSent == nil {
            for part in plan.parts {
                let block = try await self.replica.blocks.encodedBlock(of: part.selection)
                try await self.send(block, nextOrdinal: part.nextOrdinal, &machine)
            }
        }
        try await self.send(begun, &machine)
        while let operations = try await self.next(&feed) { try await self.send(operations, &machine) }
        let done = machine.finished(nextOrdinal: plan.nextOrdinal, missingCount: plan.missingCount)
        try await self.stream.send(done, flags: .end)
    }

    private func sendDeltas(_ plan: Plan, of project: ProjectID, _ machine: inout FetchServer) async throws {
        if let key = plan.deltaKey, let blocks = self.shared.deltas.blocks(key) {
            for block in blocks.all { try await self.send(block.encoded, nextOrdinal: block.nextOrdinal, &machine) }
            return
        }
        var source = try await DeltaSource(self.replica, of: project, plan.parts, holding: plan.heldRoots)
        var kept = plan.deltaKey == nil ? nil : DeltaCache.Blocks()
        while let block = try await source.next() {
            kept = kept?.adding(block)
            try await self.send(block.encoded, nextOrdinal: block.nextOrdinal, &machine)
        }
        if let key = plan.deltaKey, let kept { self.shared.deltas.keep(kept, of: key) }
    }

    private func send(_ block: [UInt8], nextOrdinal: UInt64, _ machine: inout FetchServer) async throws {
        try await self.stream.sendBlock(block) { machine.sending($0, nextOrdinal: nextOrdinal) }
    }

    /// Sends operations up to the first one that leads to objects or to a file.
    ///
    /// - Returns: what was read beyond that.
    private func sendLight(
        _ feed: inout OperationFeed, _ machine: inout FetchServer
    ) async throws -> [DecodedOperation] {
        while let operations = try await self.next(&feed) {
            let end = operations.firstIndex { $0.content.body?.leadsToContent ?? false }
            try await self.send(Array(operations[..<(end ?? operations.endIndex)]), &machine)
            if let end { return Array(operations[end...]) }
        }
        return []
    }

    private func next(_ feed: inout OperationFeed) async throws -> [DecodedOperation]? {
        do {
            return try await feed.next()
        } catch is OperationFeed.Overtaken {
            throw SyncError(.busy, scope: .stream, publicMessage: "The log was compacted. Ask again.")
        }
    }

    private func send(_ operations: [DecodedOperation], _ machine: inout FetchServer) async throws {
        let told = try operations.map { self.isForRegion ? $0.operation : try $0.withholding() }
        for message in OperationsMessage.pack(told) {
            try await self.stream.sendCredited(.operations, machine.sending(message))
        }
    }

    /// `nil` when the peer gave up waiting.
    private func planWhenNew(_ request: FetchMessage) async throws -> Plan? {
        if request.options.contains(.withClosures) { return try await self.planBelow(request) }
        if !request.wanted.isEmpty { return try await self.planWanted(request) }
        if let range = request.range { return try await self.planRange(range, request) }
        guard request.options.contains(.waiting) else { return try await self.plan(request) }
        var plan: Plan?
        try await ProjectNews.wait(for: request.project, in: self.replica.changes, on: self.stream) {
            let found = try await self.plan(request)
            guard !found.isUnchanged(since: request) else { return false }
            plan = found
            return true
        }
        return plan
    }

    /// The logs are read before the journal: every object that an operation leads to is then in the plan.
    private func plan(_ request: FetchMessage) async throws -> Plan {
        let held = request.marks.sequences
        let scope = LogScope(request.project)
        let (logs, compacted) = try await self.replica.metadata.read { rows in
            (
                try rows.lastSequences(in: scope),
                try rows.needsSnapshot(held, in: scope) ? try rows.compactedMarks(in: scope) : [:]
            )
        }
        var plan = Plan(message: PlanMessage(epoch: 0))
        if !request.options.contains(.withoutOperations) {
            plan.logs = logs.filter { $0.value > held[$0.key, default: 0] }
            if !compacted.isEmpty { try self.announce(compacted, for: request, in: &plan.message) }
        }
        plan.message.operationCount = plan.logs.reduce(0) { $0 + ($1.value - held[$1.key, default: 0]) }
        try await self.planObjects(request, &plan)
        return plan
    }

    /// The reader lacks operations that may be left out here (`SNAP-1`).
    private func announce(
        _ compacted: [NodeID: UInt64], for request: FetchMessage, in plan: inout PlanMessage
    ) throws {
        guard request.accepted.contains(.snapshots) else {
            throw SyncError(
                .logCompacted, scope: .stream,
                publicMessage: "The log was compacted: a reader that is so far behind must take snapshots.")
        }
        plan.flags.insert(.snapshot)
        plan.compacted = compacted.marks
    }

    private func planObjects(_ request: FetchMessage, _ plan: inout Plan) async throws {
        var slice: JournalSlice?
        if let cursor = request.cursor {
            slice = try await self.replica.blocks.journal(of: request.project, from: cursor.nextOrdinal)
            if let found = slice, found.head.epoch != cursor.epoch { slice = nil }
            if slice == nil { plan.message.flags.insert(.startingOver) }
            plan.message.firstOrdinal = slice == nil ? 0 : cursor.nextOrdinal
        }
        if slice == nil { slice = try await self.replica.blocks.journal(of: request.project, from: 0) }
        guard let slice else { throw StorageError.corrupt("the journal of \(request.project) does not start at 0") }
        plan.message.epoch = slice.head.epoch
        plan.nextOrdinal = plan.message.firstOrdinal
        if request.options.contains(.withoutObjects) {
            // Without operations too, the reader only asks how far it is from the end (FETCH-19).
            guard request.options.contains(.withoutOperations) else { return }
            plan.nextOrdinal = slice.head.nextOrdinal
            plan.message.count(slice)
            return
        }
        plan.nextOrdinal = slice.head.nextOrdinal
        let held = HeldObjects(request, epoch: slice.head.epoch)
        plan.parts = try await self.replica.blocks.parts(of: slice, in: request.project, without: held)
        let objectCount = plan.parts.reduce(0) { $0 + Int($1.selection.objectCount) }
        plan.message.objectCount = UInt64(objectCount)
        // How long the rest is shows only when it is made.
        guard objectCount == slice.objectCount else {
            plan.usesDeltas = request.acceptsDeltas(objectCount, isPartial: true)
            return
        }
        plan.message.count(slice)
        plan.usesDeltas = request.acceptsDeltas(objectCount, isPartial: plan.message.firstOrdinal > 0)
        if plan.usesDeltas, plan.message.firstOrdinal > 0 {
            plan.deltaKey = DeltaCache.Key(
                project: request.project, epoch: slice.head.epoch, firstOrdinal: plan.message.firstOrdinal,
                nextOrdinal: slice.head.nextOrdinal)
        }
        if plan.usesDeltas { plan.message.storedByteCount = 0 }
    }

    /// Exactly the blocks that begin within a range, as they are stored; none when the journal is another one.
    private func planRange(_ range: JournalRange, _ request: FetchMessage) async throws -> Plan {
        let slice = try await self.replica.blocks.journal(of: request.project, within: range.ordinals)
        var plan = Plan(message: PlanMessage(epoch: slice.head.epoch))
        plan.nextOrdinal = slice.head.nextOrdinal
        guard range.epoch == slice.head.epoch, !request.options.contains(.withoutObjects) else { return plan }
        plan.parts = slice.extents.map { JournalPart($0) }
        plan.message.count(slice)
        return plan
    }

    /// The objects that were asked for by id and all below them, for a reader that holds what it says and nothing else; the
    /// cursor stays.
    private func planBelow(_ request: FetchMessage) async throws -> Plan {
        let (blocks, project) = (self.replica.blocks, request.project)
        let head = try await blocks.journalHead(of: project)
        var plan = Plan(message: PlanMessage(epoch: head?.epoch ?? 0))
        plan.missingCount = UInt64(try await self.replica.objects.missing(from: request.wanted, in: project).count)
        guard let head, !request.options.contains(.withoutObjects) else { return plan }
        let held = HeldObjects(request, epoch: head.epoch)
        plan.parts = try await blocks.parts(below: request.wanted, in: project, without: held).map {
            JournalPart(selection: $0.selection, nextOrdinal: 0)
        }
        let objectCount = plan.parts.reduce(0) { $0 + Int($1.selection.objectCount) }
        plan.message.objectCount = UInt64(objectCount)
        plan.usesDeltas = request.acceptsDeltas(objectCount, isPartial: !request.roots.isEmpty)
        plan.heldRoots = request.roots
        return plan
    }

    /// Exactly the objects that were asked for by id; the cursor stays.
    private func planWanted(_ request: FetchMessage) async throws -> Plan {
        let head = try await self.replica.blocks.journal(of: request.project, from: 0)?.head
        var plan = Plan(message: PlanMessage(epoch: head?.epoch ?? 0))
        plan.parts = try await self.replica.blocks.selections(of: request.wanted, in: request.project).map {
            JournalPart(selection: $0, nextOrdinal: 0)
        }
        let foundCount = plan.parts.reduce(0) { $0 + UInt64($1.selection.objectCount) }
        plan.missingCount = UInt64(Set(request.wanted).count) - foundCount
        plan.message.objectCount = foundCount
        return plan
    }
}

extension FetchServing.Plan {
    /// Whether the reader has everything already, and its cursor stands.
    fileprivate func isUnchanged(since request: FetchMessage) -> Bool {
        guard request.followsJournal, let cursor = request.cursor else { return false }
        return self.parts.isEmpty && self.logs.isEmpty && cursor.epoch == self.message.epoch
            && cursor.nextOrdinal == self.nextOrdinal
    }
}

extension PlanMessage {
    /// Announces what `slice` holds.
    fileprivate mutating func count(_ slice: JournalSlice) {
        self.objectCount = UInt64(slice.objectCount)
        self.rawByteCount = UInt64(slice.rawByteCount)
        self.storedByteCount = UInt64(slice.encodedByteCount)
    }
}

extension FetchMessage {
    /// - Parameter isPartial: the reader holds some of the journal.
    fileprivate func acceptsDeltas(_ objectCount: Int, isPartial: Bool) -> Bool {
        self.accepted.contains(.deltas) && isPartial && DeltaSource.isWorthwhile(objectCount: objectCount)
    }
}

extension HeldObjects {
    /// What the sender of `request` says that it holds. Ordinals of another journal mean nothing.
    fileprivate init(_ request: FetchMessage, epoch: UInt64) {
        let ordinals = request.held.flatMap { $0.epoch == epoch ? $0.ordinals : nil }
        self.init(roots: request.roots, ordinals: ordinals ?? OrdinalSet())
    }
}
