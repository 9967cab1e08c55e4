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
    }

    private let replica: Replica
    private let source: ProjectID
    private let target: ProjectID

    public init(_ replica: Replica, source: ProjectID, target: ProjectID) {
        self.replica = replica
        self.source = source
        self.target = target
    }

    /// Runs as many pushes as the versions need; the first one brings the objects.
    public func run(
        on connection: SyncConnection, progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> Report {
        let files = try await self.files()
        let sentFileByteCount = try await self.send(files, on: connection)
        let versions = try await self.versions()
        guard let journal = try await self.replica.blocks.journal(of: self.source, from: 0) else {
            throw StorageError.corrupt("the journal of \(self.source) does not start at 0")
        }
        var report = Report(objectCount: journal.objectCount, versionCount: versions.count, fileCount: files.count)
        report.sentFileByteCount = sentFileByteCount
        var rest = (files.map(Publication.blob) + versions.map(Publication.version))[...]
        var selections = journal.extents.map { JournalPart($0).selection }
        repeat {
            let part = Array(rest.prefix(SyncProtocol.Limits.intentCountMax))
            rest = rest.dropFirst(part.count)
            var run = PushRun(
                self.replica, target: self.target, selections: selections, connection: connection, progress: progress)
            let result = try await run.run(intents: part.map(PushIntent.encode))
            report.sentObjectCount += run.sentObjectCount
            let isNew = try Self.isNew(result)
            for (publication, _) in zip(part, isNew).filter(\.1) {
                switch publication {
                case .version: report.publishedCount += 1
                case .blob: report.publishedFileCount += 1
                }
            }
            selections = []
        } while !rest.isEmpty
        return report
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
    private func send(_ files: [PublishedBlob], on connection: SyncConnection) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var byteCount = 0
            for (index, digest) in Set(files.map(\.digest)).enumerated() {
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
                    id: version.id, modelName: model.name, rootObject: version.rootObject, message: version.message,
                    sourceApplication: version.sourceApplication, totalChildrenCount: version.totalChildrenCount,
                    createdAt: version.createdAt)
            }
        }
    }

    /// For each intent, whether what it publishes is new there.
    private static func isNew(_ result: ResultMessage) throws -> [Bool] {
        switch result.outcome {
        case .applied, .alreadyApplied: return result.replies.map { $0 == PushIntent.reply(isNew: true) }
        case .objectsMissing:
            throw SyncError(
                .contentMismatch, publicMessage: "The node lacks objects of \(result.missing.count) versions.")
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

    init(
        _ replica: Replica, target: ProjectID, selections: [BlockSelection], connection: SyncConnection,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) {
        let objectCount = selections.reduce(0) { $0 + Int($1.objectCount) }
        self.replica = replica
        self.target = target
        self.selections = selections
        self.connection = connection
        self.report = progress
        self.machine = PushClient(project: target, objectCount: objectCount)
        self.progress.objectCountTotal = objectCount
    }

    mutating func run(intents: [[UInt8]]) async throws -> ResultMessage {
        var ids: [ObjectID] = []
        for selection in self.selections { ids += try await self.replica.blocks.ids(of: selection) }
        let size = SyncProtocol.Limits.offerWindowCountMax
        var windows = stride(from: 0, to: ids.count, by: size).map { ids[$0..<min($0 + size, ids.count)] }[...]
        let first = Array(windows.popFirst() ?? [])
        let stream = try await self.connection.openCredited(.offer, self.machine.offering(first).encoded())
        do {
            let result = try await self.exchange(stream, &windows, sizes: [first.count], intents)
            await stream.close()
            return result
        } catch {
            await stream.close((error as? SyncError) ?? SyncError(.cancelled))
            throw error
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
                guard open.isEmpty else { continue }
                var generator = SystemRandomNumberGenerator()
                let key = (0..<CommitMessage.keyByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator)
                }
                try await stream.send(self.machine.committing(idempotencyKey: key, intents: intents), flags: .end)
            case .finish(let result): return result
            case .fail(let error): throw error
            }
        }
        throw SyncTransportError.disconnected
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
        guard let header = try block.withUnsafeBytes({ try BlockHeader.parse($0) }) else {
            throw StorageError.corrupt("a stored block is shorter than its header")
        }
        try await stream.sendData(self.machine.sending(header))
        try await stream.sendData(block)
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
