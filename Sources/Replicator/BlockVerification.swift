import ObjectModel
import Storage
import SyncProtocol

extension Replica {
    /// Checks a whole block of a peer.
    ///
    /// - Throws: ``StorageError``; ``SyncError`` with what the peer is told of a block that is not good (Spec §8.9, `DATA-7`).
    func verify(_ block: AssembledBlock, policy: BlockPolicy) async throws -> VerifiedBlock {
        do {
            return try await self.blocks.verify(block.bytes, policy: policy)
        } catch let error as StorageError {
            throw error
        } catch {
            let isMalformed = error is BlockError && error as? BlockError != .digestMismatch
            throw SyncError(
                isMalformed ? .malformedBlock : .contentMismatch, scope: .stream,
                publicMessage: "A block is damaged: \(error).")
        }
    }
}
