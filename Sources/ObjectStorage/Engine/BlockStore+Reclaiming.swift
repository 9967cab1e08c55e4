public import ObjectModel
public import Storage
import Synchronization

extension BlockStore: ObjectReclaiming {
    /// Blocks that go in one transaction.
    private static let removalCountMax = 4_096

    public var storedByteCount: UInt64 { self.segments.byteCounts.values.reduce(0, +) }

    public func projects() async throws -> [ProjectID] { try await self.reading.run { try self.manifest.projects() } }

    public func removeAll(
        of project: ProjectID, joining: (@Sendable (any MetadataWriting) throws -> Void)?
    ) async throws {
        try await self.committing.run {
            let batch = ManifestBatch(emptied: [project: .journalEnds])
            try self.apply(CommitOutcome(batch: batch, blockIDs: [], memberships: [:]), joining: joining)
        }
    }

    public func moveAll(of source: ProjectID, at head: JournalHead, to target: ProjectID) async throws -> Bool {
        try await self.committing.run {
            let membership = try self.withState(of: source) { $1 }
            guard membership.head == head else { return false }
            var request = self.request(for: target)
            request.shared = try self.objects(of: membership)
            var (outcome, _) = try self.plan(request)
            outcome.batch.emptied[source] = .journalGoesOn
            try self.apply(outcome, joining: nil)
            return true
        }
    }

    /// All objects of a project. What one of them waits for stands for all its references, since the others are complete.
    private func objects(of membership: ProjectMembership) throws -> [SharedObject] {
        let missing = Dictionary(grouping: membership.waiting.rows, by: \.waiter).mapValues { $0.map(\.missing) }
        var objects: [SharedObject] = []
        objects.reserveCapacity(membership.objectCount)
        for extent in membership.extents {
            let (ids, count) = try self.withRecord(of: extent.block) { record in
                (try BlockTrailer.ids(of: record, in: self.segments), record.objectCount)
            }
            for (slot, id) in ids.enumerated() where extent.slots.contains(UInt32(slot)) {
                objects.append(
                    SharedObject(
                        location: ObjectLocation(block: extent.block.rawValue, slot: UInt32(slot)),
                        blockObjectCount: count, id: id, references: missing[id] ?? []))
            }
        }
        return objects
    }

    public func compactSegments() async throws -> SegmentCompactionSummary {
        let wasCompacting = self.isCompacting.withLock { isCompacting in
            defer { isCompacting = true }
            return isCompacting
        }
        guard !wasCompacting else { return SegmentCompactionSummary() }
        defer { self.isCompacting.withLock { $0 = false } }
        var summary = SegmentCompactionSummary()
        summary.removedBlockCount = try await self.removeUnused()
        for segment in self.sparseSegments() {
            summary.copiedByteCount += try await self.moveBlocks(out: segment.number)
            try await self.committing.run { try self.segments.remove(segment.number) }
            self.settings.boundary(.segmentRemoved)
            summary.removedSegmentCount += 1
        }
        return summary
    }

    /// Takes blocks out of the manifest that no project has anything of.
    private func removeUnused() async throws -> Int {
        var count = 0
        while true {
            let part = try await self.committing.run {
                let unused = try self.manifest.unusedBlocks()
                // From here on nobody finds them, and whoever has found one holds it.
                let removed = self.state.withLock { state in
                    state.blocks.remove(
                        Array(unused.filter { !self.holds.contains($0) }.prefix(Self.removalCountMax)))
                }
                guard !removed.isEmpty else { return 0 }
                do {
                    try self.manifest.commit(ManifestBatch(removed: removed.map(\.id)), joining: nil)
                } catch {
                    self.state.withLock { $0.blocks.append(removed) }
                    throw error
                }
                self.settings.boundary(.blocksRemoved)
                return removed.count
            }
            guard part > 0 else { return count }
            count += part
        }
    }

    private struct SparseSegment {
        var number: UInt32
        /// Of blocks that are needed.
        var usedByteCount: UInt64
    }

    /// Segments of which a quarter or more is not needed, those first that have the least to copy.
    ///
    /// The order of the questions matters: what is appended after the first goes into a segment behind, what was before
    /// is held, and what is not held any more is in the manifest.
    private func sparseSegments() -> [SparseSegment] {
        if self.holds.firstSegment == nil, self.isSparse(self.segments.current) { self.segments.startNext() }
        let current = self.segments.current
        let end = min(current, self.holds.firstSegment ?? current)
        let used = self.usedByteCounts()
        return self.segments.byteCounts.filter { $0.key < end }
            .map { (SparseSegment(number: $0.key, usedByteCount: used[$0.key] ?? 0), $0.value) }
            .filter { Self.isSparse(used: $0.usedByteCount, of: $1) }
            .map(\.0).sorted { ($0.usedByteCount, $0.number) < ($1.usedByteCount, $1.number) }
    }

    private func isSparse(_ segment: UInt32) -> Bool {
        let byteCount = self.segments.byteCounts[segment] ?? 0
        return byteCount > 0 && Self.isSparse(used: self.usedByteCounts()[segment] ?? 0, of: byteCount)
    }

    private static func isSparse(used: UInt64, of byteCount: UInt64) -> Bool { used <= byteCount / 4 * 3 }

    /// By segment, the bytes of its blocks.
    private func usedByteCounts() -> [UInt32: UInt64] { self.state.withLock { $0.blocks.byteCountsBySegment } }

    /// Copies what is left in a segment behind everything else. Nothing is in it when this returns.
    ///
    /// - Returns: how many bytes were copied.
    private func moveBlocks(out segment: UInt32) async throws -> UInt64 {
        let blocks = self.state.withLock { $0.blocks.blocks(in: segment) }
        guard !blocks.isEmpty else { return 0 }
        let hold = self.holds.begin()
        hold.keepSegments(from: self.segments.current)
        defer { withExtendedLifetime(hold) {} }
        var moved: [BlockRecord] = []
        for block in blocks { moved.append(try await self.reading.run { try self.copy(block) }) }
        try await self.committing.run { [moved] in
            try self.segments.synchronize()
            self.settings.boundary(.copiesDurable)
            try self.manifest.commit(ManifestBatch(moved: moved), joining: nil)
            self.settings.boundary(.blocksMoved)
            self.state.withLock { $0.blocks.move(moved) }
        }
        return blocks.reduce(0) { $0 + BlockTrailer.end(of: $1) - $1.location.offset }
    }

    /// Appends a block as it is, with its trailer.
    private func copy(_ block: BlockRecord) throws -> BlockRecord {
        let byteCount = Int(BlockTrailer.end(of: block) - block.location.offset)
        let bytes = try self.segments.read(block.location, skip: 0, byteCount: byteCount)
        var moved = block
        moved.location = try bytes.withUnsafeBytes { bytes in
            let end = Int(block.location.byteCount)
            return try self.segments.append(
                UnsafeRawBufferPointer(rebasing: bytes[..<end]),
                trailer: UnsafeRawBufferPointer(rebasing: bytes[end...]))
        }
        self.settings.boundary(.blockCopied)
        return moved
    }
}
