public import ObjectModel
import Storage
import SyncProtocol
public import SyncTransport

/// Sends the objects, versions and files of one project of this replica to a project of another node.
///
/// Only what the other node lacks travels. Repeating a push changes nothing there.
public struct ProjectPush: Sendable {
    public struct Report: Equatable, Sendable {
        public var objectCount = 0
        public var sentObjectCount = 0
        public var versionCount = 0
        /// Versions that the other node did not have.
        public var publishedCount = 0
        public var fileCount = 0
        /// Files that the other node did not have.
        public var publishedFileCount = 0
        public var sentFileByteCount = 0
        /// Those that waited for an answer, without what waited for credit.
        public var roundTripCount = 0
    }

    /// Who is given to, and who hears of it.
    private struct Peer {
        var connection: SyncConnection
        var progress: @Sendable (TransferProgress) -> Void
    }

    private let replica: Replica
    private let source: ProjectID
    private let target: ProjectID
    private let node: NodeID

    /// - Parameter node: the one that `target` is a project of.
    public init(_ replica: Replica, source: ProjectID, target: ProjectID, at node: NodeID) {
        self.replica = replica
        self.source = source
        self.target = target
        self.node = node
    }

    /// Gives what came here since the last time without asking, in one round trip; when that is much, the first time, and
    /// when the node has lost some of it, asks what is needed.
    public func run(
        on connection: SyncConnection, progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> Report {
        let peer = Peer(connection: connection, progress: progress)
        let (files, versions) = (try await self.files(), try await self.versions())
        let digests = Set(files.map(\.digest) + versions.flatMap(\.root.files).map(\.content.digest))
        let sentFileByteCount = try await self.send(digests, on: connection)
        let publications = files.map(Publication.blob) + versions.map(Publication.version)
        let slice = try await self.journal(from: 0)
        var report = Report(
            objectCount: slice.objectCount, versionCount: versions.count, fileCount: files.count)
        report.sentFileByteCount = sentFileByteCount
        report.roundTripCount = digests.isEmpty ? 0 : 2
        let sinceLast = try await self.journalSinceLastPush(slice)
        var isDone = false
        if let sinceLast {
            // A cut of what is not asked for loses all of it.
            let isUnasked = sinceLast.encodedByteCount <= Limits.unaskedByteCountMax
            isDone = try await self.push(sinceLast, publications, isUnasked: isUnasked, to: peer, &report)
        }
        // Without a last time, and when the node has lost what it was given then.
        if !isDone { isDone = try await self.push(slice, publications, isUnasked: false, to: peer, &report) }
        guard isDone else {
            throw SyncError(.contentMismatch, publicMessage: "The node lacks objects of some versions.")
        }
        try await self.replica.metadata.write { [source, target, node] rows in
            try rows.put(
                PushMark(
                    source: source, node: node, target: target, epoch: slice.head.epoch,
                    nextOrdinal: slice.head.nextOrdinal))
        }
        return report
    }

    private func journal(from ordinal: UInt64) async throws -> JournalSlice {
        guard let slice = try await self.replica.blocks.journal(of: self.source, from: ordinal) else {
            throw StorageError.corrupt("the journal of \(self.source) does not reach back to \(ordinal)")
        }
        return slice
    }

    /// What came here since this node was pushed to the last time: it is likely to lack all of that, and nothing else.
    private func journalSinceLastPush(_ whole: JournalSlice) async throws -> JournalSlice? {
        let mark = try await self.replica.metadata.read { [source, target, node] in
            try $0.pushMark(of: source, to: target, at: node)
        }
        guard let first = mark?.begin(epoch: whole.head.epoch, nextOrdinal: whole.head.nextOrdinal) else { return nil }
        return try await self.journal(from: first)
    }

    /// Runs as many pushes as the publications need; the first one brings the objects.
    ///
    /// - Returns: `false` when the node lacks objects that the publications lead to.
    private func push(
        _ slice: JournalSlice, _ publications: [Publication], isUnasked: Bool, to peer: Peer, _ report: inout Report
    ) async throws -> Bool {
        var rest = publications[...]
        var selections = slice.extents.map { JournalPart($0).selection }
        repeat {
            let part = Array(rest.prefix(SyncProtocol.Limits.intentCountMax))
            rest = rest.dropFirst(part.count)
            var run = PushRun(
                self.replica, target: self.target, selections: selections, isUnasked: isUnasked || selections.isEmpty,
                connection: peer.connection, progress: peer.progress)
            let result = try await run.run(intents: part.map(PushIntent.encode))
            report.sentObjectCount += run.sentObjectCount
            report.roundTripCount += run.roundTripCount
            guard let isNew = try Self.isNew(result) else { return false }
            for (publication, _) in zip(part, isNew).filter(\.1) {
                switch publication {
                case .version: report.publishedCount += 1
                case .blob: report.publishedFileCount += 1
                }
            }
            selections = []
        } while !rest.isEmpty
        return true
    }

    /// Oldest first.
    private func files() async throws -> [PublishedBlob] {
        try await self.replica.metadata.read { [source] rows in
            try rows.blobs(in: source, named: nil, after: nil, limit: .max).reversed().map { blob in
                PublishedBlob(id: blob.id, fileName: blob.fileName, digest: blob.digest, createdAt: blob.createdAt)
            }
        }
    }

    /// Gives the other node the bytes of files, some at a time.
    ///
    /// - Returns: how many bytes it lacked.
    private func send(_ digests: Set<ContentHash>, on connection: SyncConnection) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var byteCount = 0
            for (index, digest) in digests.enumerated() {
                if index >= Limits.fileCountMax { byteCount += try await group.next() ?? 0 }
                group.addTask { [replica, target] in
                    try await BlobPush(replica: replica, target: target, digest: digest).run(on: connection)
                }
            }
            return try await group.reduce(byteCount, +)
        }
    }

    private func versions() async throws -> [PublishedVersion] {
        try await self.replica.metadata.read { [source] rows in
            try rows.allVersions(in: source).map { version in
                guard let model = try rows.model(version.model, in: source) else {
                    throw StorageError.corrupt("version \(version.id) belongs to no model")
                }
                return PublishedVersion(
                    id: version.id, modelName: model.name, root: version.root, message: version.message,
                    sourceApplication: version.sourceApplication, totalChildrenCount: version.totalChildrenCount,
                    createdAt: version.createdAt)
            }
        }
    }

    /// For each intent, whether what it publishes is new there; `nil` when objects are missing there.
    private static func isNew(_ result: ResultMessage) throws -> [Bool]? {
        switch result.outcome {
        case .applied, .alreadyApplied: return result.replies.map { $0 == PushIntent.reply(isNew: true) }
        case .objectsMissing: return nil
        case .refused:
            let reason = result.replies.first.map { String(decoding: $0, as: UTF8.self) } ?? "no reason given"
            throw SyncError(.forbidden, publicMessage: "The node refused what was pushed: \(reason)")
        }
    }
}

/// One push in progress: offers window by window, sends what is needed, commits.
private struct PushRun: ~Copyable {
    private let replica: Replica
    private let target: ProjectID
    private let selections: [BlockSelection]
    private let isUnasked: Bool
    private let connection: SyncConnection
    private let report: @Sendable (TransferProgress) -> Void
    private var machine: PushClient
    private var progress = TransferProgress()
    /// Of the offered objects, in order: which are needed, as far as the answers go.
    private var needed: [Bool] = []
    private var nextSelection = 0
    /// Objects of the selections before `nextSelection`.
    private var settledCount = 0
    private(set) var sentObjectCount = 0

    /// COMMIT and RESULT, and what is needed before it.
    var roundTripCount: Int { self.isUnasked ? 1 : 2 }

    init(
        _ replica: Replica, target: ProjectID, selections: [BlockSelection], isUnasked: Bool,
        connection: SyncConnection, progress: @escaping @Sendable (TransferProgress) -> Void
    ) {
        let objectCount = selections.reduce(0) { $0 + Int($1.objectCount) }
        self.replica = replica
        self.target = target
        self.selections = selections
        self.isUnasked = isUnasked
        self.connection = connection
        self.report = progress
        self.machine = PushClient(project: target, objectCount: objectCount, isUnasked: isUnasked)
        self.progress.objectCountTotal = objectCount
    }

    mutating func run(intents: [[UInt8]]) async throws -> ResultMessage {
        var ids: [ObjectID] = []
        for selection in self.selections { ids += try await self.replica.blocks.ids(of: selection) }
        let size = SyncProtocol.Limits.offerWindowCountMax
        var windows = stride(from: 0, to: ids.count, by: size).map { ids[$0..<min($0 + size, ids.count)] }[...]
        let first = Array(windows.popFirst() ?? [])
        let stream = try await self.connection.openCredited(.offer, self.machine.offering(first).encoded())
        return try await stream.closing {
            if self.isUnasked { try await self.giveAll(stream, windows, intents) }
            return try await self.exchange(stream, &windows, sizes: [first.count], intents)
        }
    }

    private mutating func exchange(
        _ stream: SyncStream, _ windows: inout ArraySlice<ArraySlice<ObjectID>>, sizes: [Int], _ intents: [[UInt8]]
    ) async throws -> ResultMessage {
        var open = sizes
        for try await frame in stream.frames {
            switch self.machine.received(frame.header, payload: frame.payload.span.bytes) {
            case .send(let need):
                let count = open.removeFirst()
                self.needed += (0..<count).map(need.needs)
                while open.count < Limits.openWindowCountMax, let window = windows.popFirst() {
                    open.append(window.count)
                    try await stream.sendCredited(.offer, self.machine.offering(Array(window)).encoded())
                }
                try await self.sendSettled(stream)
                if open.isEmpty { try await self.commit(stream, intents) }
            case .finish(let result): return result
            case .fail(let error): throw error
            }
        }
        throw SyncTransportError.disconnected
    }

    /// Offers and sends everything, and commits, without waiting for anything but credit.
    private mutating func giveAll(
        _ stream: SyncStream, _ windows: ArraySlice<ArraySlice<ObjectID>>, _ intents: [[UInt8]]
    ) async throws {
        for window in windows { try await stream.sendCredited(.offer, self.machine.offering(Array(window)).encoded()) }
        self.needed = Array(repeating: true, count: self.machine.objectCount)
        try await self.sendSettled(stream)
        try await self.commit(stream, intents)
    }

    private mutating func commit(_ stream: SyncStream, _ intents: [[UInt8]]) async throws {
        var generator = SystemRandomNumberGenerator()
        let key = (0..<CommitMessage.keyByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        try await stream.send(self.machine.committing(idempotencyKey: key, intents: intents), flags: .end)
    }

    /// Sends the blocks of those selections whose objects are all answered for.
    private mutating func sendSettled(_ stream: SyncStream) async throws {
        while self.nextSelection < self.selections.count {
            let selection = self.selections[self.nextSelection]
            let end = self.settledCount + Int(selection.objectCount)
            guard end <= self.needed.count else { return }
            try await self.send(selection, self.needed[self.settledCount..<end], stream)
            self.nextSelection += 1
            self.settledCount = end
            self.progress.objectCount = end
            self.report(self.progress)
        }
    }

    private mutating func send(
        _ selection: BlockSelection, _ needed: ArraySlice<Bool>, _ stream: SyncStream
    ) async throws {
        let count = needed.count { $0 }
        guard count > 0 else { return }
        let block = try await self.replica.blocks.encodedBlock(of: selection.keeping(needed))
        try await stream.sendBlock(block) { self.machine.sending($0) }
        self.sentObjectCount += count
        self.progress.byteCount += block.count
    }
}

extension BlockSelection {
    /// Those of the selected objects whose place in `needed` says so.
    fileprivate func keeping(_ needed: ArraySlice<Bool>) -> BlockSelection {
        guard needed.contains(false) else { return self }
        let slots: [UInt32] =
            switch self.slots {
            case .all: Array(0..<self.objectCount)
            case .some(let bits): (0..<UInt32(bits.count * 8)).filter { self.slots.contains($0) }
            }
        let chosen = zip(slots, needed).compactMap { $1 ? $0 : nil }
        return BlockSelection(
            block: self.block, slots: .some(SlotSet.bits(of: chosen, count: (slots.last ?? 0) + 1)),
            objectCount: UInt32(chosen.count))
    }
}
