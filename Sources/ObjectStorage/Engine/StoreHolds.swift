import Storage
import Synchronization

/// What compaction leaves alone although no project has it: blocks that are being read or are about to be shared, and
/// segments with blocks that are not in the manifest yet.
final class StoreHolds: Sendable {
    /// One reader's, or one batch's, until it is let go of.
    final class Hold: Sendable {
        private let all: StoreHolds
        private let own = Mutex<(blocks: Set<UInt32>, segment: UInt32?)>(([], nil))

        fileprivate init(_ all: StoreHolds) {
            self.all = all
        }

        /// Call it under the lock under which the block was found.
        func keep(_ block: UInt32) {
            guard self.own.withLock({ $0.blocks.insert(block).inserted }) else { return }
            self.all.counts.withLock { $0.blocks[block, default: 0] += 1 }
        }

        /// Call it before blocks are appended, with the segment that was the current one then.
        func keepSegments(from segment: UInt32) {
            let isFirst = self.own.withLock { own in
                defer { if own.segment == nil { own.segment = segment } }
                return own.segment == nil
            }
            if isFirst { self.all.counts.withLock { $0.segments[segment, default: 0] += 1 } }
        }

        deinit {
            let (blocks, segment) = self.own.withLock { $0 }
            self.all.counts.withLock { counts in
                for block in blocks { counts.blocks.decrement(block) }
                if let segment { counts.segments.decrement(segment) }
            }
        }
    }

    private let counts = Mutex<(blocks: [UInt32: Int], segments: [UInt32: Int])>(([:], [:]))

    func begin() -> Hold { Hold(self) }

    func contains(_ block: BlockID) -> Bool { self.counts.withLock { $0.blocks[block.rawValue] != nil } }

    /// The first segment that may have blocks which are not in the manifest yet; `nil` when there is none.
    var firstSegment: UInt32? { self.counts.withLock { $0.segments.keys.min() } }
}

extension [UInt32: Int] {
    fileprivate mutating func decrement(_ key: UInt32) {
        let count = self[key, default: 0]
        self[key] = count > 1 ? count - 1 : nil
    }
}
