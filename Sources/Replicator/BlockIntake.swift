import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Takes blocks from a peer: verifies several at a time, stores them in the order of their arrival, and makes one batch
/// durable while the next one comes in.
struct BlockIntake {
    /// Work beside the reading of the stream.
    enum Step: Sendable {
        case verified(index: Int, VerifiedBlock)
        /// A batch is durable, and its credit given back.
        case committed
    }
    typealias Steps = ThrowingTaskGroup<Step, any Error>

    /// Writes that belong into the transaction of a batch, given where the reader stands after it.
    typealias Joining = @Sendable (JournalCursor) -> @Sendable (any MetadataWriting) throws -> Void

    private struct Pending {
        var streamByteCount: Int
        var cursor: JournalCursor?
    }

    private struct Batch {
        var blockCount = 0
        var streamByteCount = 0
        var cursor: JournalCursor?
    }

    private let replica: Replica
    private let project: ProjectID
    private let policy: BlockPolicy
    private let stream: SyncStream
    private let joining: Joining?
    private var receiver: any BlockReceiver
    private var substitution = IDSubstitution()
    private var startedCount = 0
    private var appendedCount = 0
    private var verified: [Int: VerifiedBlock] = [:]
    private var pending: [Int: Pending] = [:]
    private var appended = Batch()
    private var committing: Batch?
    /// Of blocks that were taken and are not known to be durable, in bytes.
    private var heldByteCount = 0
    private var durableCount = 0

    init(
        _ replica: Replica, project: ProjectID, policy: BlockPolicy, stream: SyncStream, joining: Joining? = nil
    ) {
        self.replica = replica
        self.project = project
        self.policy = policy
        self.stream = stream
        self.joining = joining
        self.receiver = replica.blocks.receive(into: project)
    }

    /// Starts with one block; appends those before it that are verified by now.
    mutating func take(_ block: AssembledBlock, cursor: JournalCursor?, in steps: inout Steps) async throws {
        while self.startedCount - self.appendedCount >= Limits.verifyingCountMax { try await self.appendNext(&steps) }
        let index = self.startedCount
        self.startedCount += 1
        self.heldByteCount += block.streamByteCount
        self.pending[index] = Pending(streamByteCount: block.streamByteCount, cursor: cursor)
        let verify = block.header.codec == .delta ? try self.rebuilding(block) : self.verifying(block)
        steps.addTask { .verified(index: index, try await verify()) }
        // While a batch is on its way to the disk, the next one grows instead of holding up the verification.
        if self.appended.streamByteCount >= Limits.batchByteCountTarget, self.committing == nil {
            try await self.startCommit(&steps)
        }
        while self.heldByteCount >= Limits.heldByteCountMax { try await self.makeRoom(&steps) }
    }

    private typealias Verification = @Sendable () async throws -> VerifiedBlock

    private func verifying(_ block: AssembledBlock) -> Verification {
        { [replica, policy] in
            do {
                return try await replica.verify(block, policy: policy)
            } catch let error as SyncError where block.isContinued {
                throw HeldMismatch(underlying: error)
            }
        }
    }

    private mutating func rebuilding(_ block: AssembledBlock) throws -> Verification {
        let directory: DeltaDirectory
        do {
            directory = try block.bytes.withUnsafeBytes { try DeltaDirectory.parse(block: $0, block.header) }
        } catch {
            throw SyncError(.malformedBlock, scope: .stream)
        }
        self.substitution.add(directory)
        return { [replica, project, policy, substitution] in
            var texts = ObjectTexts(replica.objects, of: project)
            try await texts.load(directory.entries.compactMap(\.base))
            do {
                let prefix = try DeltaPrefix.make(directory, substitution) { texts[$0] }
                return try await replica.deltas.decodeDelta(block.bytes, prefix: prefix, policy: policy)
            } catch let error as StorageError {
                throw error
            } catch {
                throw HeldMismatch(underlying: error)
            }
        }
    }

    /// Makes every block that was taken durable.
    mutating func finish(_ steps: inout Steps) async throws {
        while self.appendedCount < self.startedCount { try await self.appendNext(&steps) }
        try await self.startCommit(&steps)
        try await self.finishCommit(&steps)
    }

    /// How many blocks became durable since this was asked last.
    mutating func takeDurableCount() -> Int {
        defer { self.durableCount = 0 }
        return self.durableCount
    }

    private mutating func makeRoom(_ steps: inout Steps) async throws {
        if self.committing == nil { try await self.finish(&steps) } else { try await self.finishCommit(&steps) }
    }

    /// Appends the next block in order, waiting for its verification.
    private mutating func appendNext(_ steps: inout Steps) async throws {
        let index = self.appendedCount
        while self.verified[index] == nil { try await self.wait(&steps) }
        guard let block = self.verified.removeValue(forKey: index),
            let pending = self.pending.removeValue(forKey: index)
        else { preconditionFailure("the block was just verified") }
        try await self.receiver.append(block)
        self.appendedCount += 1
        self.appended.blockCount += 1
        self.appended.streamByteCount += pending.streamByteCount
        self.appended.cursor = pending.cursor ?? self.appended.cursor
    }

    /// Starts to make what is appended durable, after the batch before it. The credit goes back from there: the peer
    /// may be waiting for it while nobody waits for the batch.
    private mutating func startCommit(_ steps: inout Steps) async throws {
        try await self.finishCommit(&steps)
        guard self.appended.blockCount > 0 else { return }
        let batch = self.receiver.takeBatch()
        let joining = self.appended.cursor.flatMap { self.joining?($0) }
        let byteCount = self.appended.streamByteCount
        self.committing = self.appended
        self.appended = Batch()
        steps.addTask { [stream] in
            _ = try await batch.commit(joining: joining)
            try await stream.release(byteCount)
            return .committed
        }
    }

    private mutating func finishCommit(_ steps: inout Steps) async throws {
        while self.committing != nil { try await self.wait(&steps) }
    }

    private mutating func wait(_ steps: inout Steps) async throws {
        switch try await steps.next() {
        case .verified(let index, let block): self.verified[index] = block
        case .committed:
            guard let batch = self.committing else { preconditionFailure("no batch was started") }
            self.heldByteCount -= batch.streamByteCount
            self.durableCount += batch.blockCount
            self.committing = nil
        case nil: preconditionFailure("whoever waits has started what is waited for")
        }
    }
}

/// A block that leans on what is held here does not give the objects that it should: a delta, when this side holds another
/// text under the id of a base, or the rest of a block, when its beginning is of another one; or the peer is wrong. The
/// same objects can be had as they are (`DELTA-6`, `RESUME-8`).
struct HeldMismatch: Error {
    var underlying: any Error
}
