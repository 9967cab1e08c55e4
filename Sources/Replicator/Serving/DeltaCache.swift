import ObjectModel
import Storage
import Synchronization

/// Deltas that were made already: most readers of a project stand at the same place, so the second one costs nothing.
final class DeltaCache: Sendable {
    /// Which part of which journal.
    struct Key: Hashable {
        var project: ProjectID
        var epoch: UInt64
        var firstOrdinal: UInt64
        var nextOrdinal: UInt64
    }

    /// The blocks of one answer.
    struct Blocks {
        private(set) var all: [DeltaSource.Block] = []
        fileprivate var byteCount = 0

        /// `nil` when they became too many to be kept.
        consuming func adding(_ block: DeltaSource.Block) -> Self? {
            self.byteCount += block.encoded.count
            guard self.byteCount <= Limits.deltaCacheByteCountMax / 4 else { return nil }
            self.all.append(block)
            return self
        }
    }

    private struct State {
        var blocks: [Key: Blocks] = [:]
        /// Oldest first.
        var keys: [Key] = []
        var byteCount = 0
    }

    private let state = Mutex(State())

    func blocks(_ key: Key) -> Blocks? { self.state.withLock { $0.blocks[key] } }

    /// Keeps the blocks; the oldest make room.
    func keep(_ blocks: Blocks, of key: Key) {
        self.state.withLock { state in
            guard state.blocks.updateValue(blocks, forKey: key) == nil else { return }
            state.keys.append(key)
            state.byteCount += blocks.byteCount
            while state.byteCount > Limits.deltaCacheByteCountMax {
                let oldest = state.keys.removeFirst()
                state.byteCount -= state.blocks.removeValue(forKey: oldest)?.byteCount ?? 0
            }
        }
    }
}
