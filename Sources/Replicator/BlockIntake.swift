import ObjectModel
import Storage
import SyncProtocol

/// Takes blocks from a peer: verifies several at a time, stores them in the order of their arrival.
struct BlockIntake {
    /// A block on its way in.
    typealias Verification = (index: Int, block: VerifiedBlock)
    typealias Verifications = ThrowingTaskGroup<Verification, any Error>

    private struct Pending {
        var streamByteCount: Int
        var cursor: JournalCursor?
    }

    private let blocks: any BlockExchange
    private let policy: BlockPolicy
    private var receiver: any BlockReceiver
    private var startedCount = 0
    private var appendedCount = 0
    private var verified: [Int: VerifiedBlock] = [:]
    private var pending: [Int: Pending] = [:]
    private(set) var uncommitted = Durable()
    /// Of blocks that were taken and are not durable yet, in bytes.
    private(set) var heldByteCount = 0

    /// What one commit made durable.
    struct Durable {
        var blockCount = 0
        /// To be given back as credit, in bytes.
        var streamByteCount = 0
        /// Where the reader stands now, when it moved.
        var cursor: JournalCursor?
    }

    init(_ blocks: any BlockExchange, project: ProjectID, policy: BlockPolicy) {
        self.blocks = blocks
        self.policy = policy
        self.receiver = blocks.receive(into: project)
    }

    /// Starts with one block; appends those before it that are verified by now.
    mutating func take(
        _ block: AssembledBlock, cursor: JournalCursor?, in verifications: inout Verifications
    ) async throws {
        while self.startedCount - self.appendedCount >= Limits.verifyingCountMax {
            try await self.appendNext(&verifications)
        }
        let index = self.startedCount
        self.startedCount += 1
        self.heldByteCount += block.streamByteCount
        self.pending[index] = Pending(streamByteCount: block.streamByteCount, cursor: cursor)
        verifications.addTask { [blocks, policy] in
            do {
                return (index, try await blocks.verify(block.bytes, policy: policy))
            } catch let error as StorageError {
                throw error
            } catch {
                throw SyncError(.contentMismatch, scope: .stream, publicMessage: "A block is damaged: \(error).")
            }
        }
    }

    /// Appends the next block in order, waiting for its verification.
    private mutating func appendNext(_ verifications: inout Verifications) async throws {
        let index = self.appendedCount
        while self.verified[index] == nil {
            guard let done = try await verifications.next() else { preconditionFailure("a verification is missing") }
            self.verified[done.index] = done.block
        }
        guard let block = self.verified.removeValue(forKey: index),
            let pending = self.pending.removeValue(forKey: index)
        else { preconditionFailure("the block was just verified") }
        try await self.receiver.append(block)
        self.appendedCount += 1
        self.uncommitted.blockCount += 1
        self.uncommitted.streamByteCount += pending.streamByteCount
        self.uncommitted.cursor = pending.cursor ?? self.uncommitted.cursor
    }

    /// Appends every block that was taken.
    mutating func drain(_ verifications: inout Verifications) async throws {
        while self.appendedCount < self.startedCount { try await self.appendNext(&verifications) }
    }

    /// Makes what is appended durable, together with the writes of `joining`.
    mutating func commit(joining: (@Sendable (any MetadataWriting) throws -> Void)?) async throws -> Durable {
        _ = try await self.receiver.commit(joining: joining)
        defer { self.uncommitted = Durable() }
        self.heldByteCount -= self.uncommitted.streamByteCount
        return self.uncommitted
    }
}
