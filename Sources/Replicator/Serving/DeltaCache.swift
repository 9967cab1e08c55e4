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

    private struct State {
        var blocks: [Key: [DeltaSource.Block]] = [:]
        /// Oldest first.
        var keys: [Key] = []
        var byteCount = 0
    }

    private let state = Mutex(State())

    func blocks(_ key: Key) -> [DeltaSource.Block]? { self.state.withLock { $0.blocks[key] } }

    /// Keeps the blocks while there is room; the oldest make room.
    func keep(_ blocks: [DeltaSource.Block], of key: Key) {
        let byteCount = Self.byteCount(blocks)
        guard byteCount <= Limits.deltaCacheByteCountMax / 4 else { return }
        self.state.withLock { state in
            guard state.blocks.updateValue(blocks, forKey: key) == nil else { return }
            state.keys.append(key)
            state.byteCount += byteCount
            while state.byteCount > Limits.deltaCacheByteCountMax {
                let oldest = state.keys.removeFirst()
                state.byteCount -= state.blocks.removeValue(forKey: oldest).map(Self.byteCount) ?? 0
            }
        }
    }

    private static func byteCount(_ blocks: [DeltaSource.Block]) -> Int { blocks.reduce(0) { $0 + $1.encoded.count } }
}
