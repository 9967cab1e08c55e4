public import ObjectModel
public import Storage

extension BlockStore: BlockExchange {
    public func journalHead(of project: ProjectID) async throws -> JournalHead? {
        try await self.reading.run {
            try self.withState(of: project) { _, membership in
                membership.objectCount == 0 ? nil : membership.head
            }
        }
    }

    public func journal(of project: ProjectID, from ordinal: UInt64) async throws -> JournalSlice? {
        try await self.reading.run {
            try self.withState(of: project) { state, membership in
                membership.extents(from: ordinal).map { Self.slice($0, of: membership, state) }
            }
        }
    }

    public func journal(of project: ProjectID, within ordinals: Range<UInt64>) async throws -> JournalSlice {
        try await self.reading.run {
            try self.withState(of: project) { state, membership in
                Self.slice(membership.extents(within: ordinals), of: membership, state)
            }
        }
    }

    private static func slice(
        _ extents: ArraySlice<Extent>, of membership: ProjectMembership, _ state: borrowing State
    ) -> JournalSlice {
        var slice = JournalSlice(
            head: membership.head, extents: Array(extents), objectCount: 0, rawByteCount: 0, encodedByteCount: 0)
        for extent in extents {
            let block = state.blocks.record(of: extent)
            slice.objectCount += Int(extent.objectCount)
            slice.rawByteCount += Int64(block.rawByteCount)
            slice.encodedByteCount += Int64(block.location.byteCount)
        }
        return slice
    }

    public func selections(of ids: [ObjectID], in project: ProjectID) async throws -> [BlockSelection] {
        try await self.reading.run {
            var slots: [UInt32: Set<UInt32>] = [:]
            for case let location? in try self.locate(ids, in: project) {
                slots[location.block, default: []].insert(location.slot)
            }
            return try slots.sorted { $0.key < $1.key }.map { block, slots in
                let block = BlockID(rawValue: block)
                let count = try self.record(of: block).objectCount
                return BlockSelection(
                    block: block, slots: SlotSet(slots.sorted(), of: count), objectCount: UInt32(slots.count))
            }
        }
    }

    public func ids(of selection: BlockSelection) async throws -> [ObjectID] {
        try await self.reading.run {
            let all = try self.withRecord(of: selection.block) { try BlockTrailer.ids(of: $0, in: self.segments) }
            return all.indices.filter { selection.slots.contains(UInt32($0)) }.map { all[$0] }
        }
    }

    public func rawByteCount(of block: BlockID) async throws -> Int { Int(try self.record(of: block).rawByteCount) }

    public func encodedBlock(of selection: BlockSelection) async throws -> [UInt8] {
        try await self.reading.run {
            let stored = try self.withRecord(of: selection.block) { record in
                let encoded = try self.segments.read(
                    record.location, skip: 0, byteCount: Int(record.location.byteCount))
                let isWhole = selection.slots == .all
                return (record, encoded, isWhole ? [] : try BlockTrailer.hashes(of: record, in: self.segments))
            }
            let (record, encoded, hashes) = stored
            guard selection.slots != .all else { return encoded }
            let decoded = try BlockDecoder().decode(encoded, of: record)
            var builder = BlockBuilder(level: self.settings.level)
            decoded.bytes.withUnsafeBytes { bytes in
                for slot in decoded.ids.indices where selection.slots.contains(UInt32(slot)) {
                    let text = bytes[decoded.offsets[slot]..<decoded.offsets[slot + 1]]
                    builder.append(
                        UnsafeRawBufferPointer(rebasing: text), id: decoded.ids[slot], hash: hashes[slot],
                        references: [])
                }
            }
            guard let block = builder.finish() else {
                throw StorageError.corrupt("block \(record.id.rawValue): a selection of it is empty")
            }
            return block.encoded
        }
    }

    public func verify(_ encoded: [UInt8], policy: BlockPolicy) async throws -> VerifiedBlock {
        try await self.reading.run { try BlockDecoder().verify(encoded, policy: policy) }
    }

    public func receive(into project: ProjectID) -> any BlockReceiver {
        ReceiveSession(store: self, project: project)
    }
}

extension BlockStore: DeltaCoding {
    public func encodeDelta(_ objects: DeltaDirectory, texts: [UInt8], prefix: [UInt8]) async throws -> [UInt8] {
        try await self.reading.run {
            BlockBuilder.encode(objects, texts: texts, prefix: prefix, level: self.settings.level)
        }
    }

    public func decodeDelta(_ encoded: [UInt8], prefix: [UInt8], policy: BlockPolicy) async throws -> VerifiedBlock {
        try await self.reading.run {
            try BlockDecoder().verifyDelta(encoded, prefix: prefix, policy: policy, level: self.settings.level)
        }
    }
}

/// Takes whole blocks in. A block that brings nothing new is dropped; one that brings little, or that has no checksum to
/// tell damage by, is made anew.
struct ReceiveSession: BlockReceiver {
    private let store: BlockStore
    private var request: CommitRequest
    private var seen = ObjectIDTable()
    /// Of the batch that is being committed: the index does not have it yet.
    private var seenBefore = ObjectIDTable()
    private var skippedCount = 0

    init(store: BlockStore, project: ProjectID) {
        self.store = store
        self.request = store.request(for: project)
    }

    mutating func append(_ block: VerifiedBlock) async throws {
        if self.request.lookedUpAt == nil {
            self.request.lookedUpAt = try self.store.withState(of: self.request.project) { $1.head }
        }
        let known = try self.store.locate(block.ids, in: self.request.project)
        var fresh: [Int] = []
        fresh.reserveCapacity(block.ids.count)
        for slot in block.ids.indices where known[slot] == nil && !self.isSeen(block.ids[slot]) {
            self.seen.insert(block.ids[slot], at: ObjectLocation(block: 0, slot: 0))
            fresh.append(slot)
        }
        self.skippedCount += block.ids.count - fresh.count
        guard !fresh.isEmpty else { return }
        let built =
            fresh.count == block.ids.count && BlockDecoder.hasChecksum(block.encoded)
            ? BuiltBlock(whole: block) : try self.store.rebuild(block, keeping: fresh)
        try await self.store.append([built], to: &self.request)
    }

    private func isSeen(_ id: ObjectID) -> Bool {
        self.seen.contains(id) || self.seenBefore.contains(id)
    }

    mutating func takeBatch() -> any BlockBatch {
        defer {
            let end = self.request.endIfUntouched
            self.request = self.store.request(for: self.request.project)
            self.request.lookedUpAt = end
            self.seenBefore = self.seen
            self.seen = ObjectIDTable()
            self.skippedCount = 0
        }
        return ReceivedBatch(store: self.store, request: self.request, skippedCount: self.skippedCount)
    }
}

private struct ReceivedBatch: BlockBatch {
    let store: BlockStore
    let request: CommitRequest
    let skippedCount: Int

    func commit(joining: (@Sendable (any MetadataWriting) throws -> Void)?) async throws -> IngestSummary {
        var summary = IngestSummary(addedCount: 0, skippedCount: 0)
        if !self.request.blocks.isEmpty || joining != nil {
            summary = try await self.store.commit(self.request, joining: joining)
        }
        summary.skippedCount += self.skippedCount
        return summary
    }
}

extension BlockStore {
    fileprivate func rebuild(_ block: VerifiedBlock, keeping slots: [Int]) throws -> BuiltBlock {
        let decoded = try BlockDecoder().decode(block.encoded)
        var builder = BlockBuilder(level: self.settings.level)
        decoded.bytes.withUnsafeBytes { bytes in
            for slot in slots {
                let text = bytes[decoded.offsets[slot]..<decoded.offsets[slot + 1]]
                builder.append(
                    UnsafeRawBufferPointer(rebasing: text), id: block.ids[slot], hash: block.hashes[slot],
                    references: block.references[block.referenceOffsets[slot]..<block.referenceOffsets[slot + 1]])
            }
        }
        guard let built = builder.finish() else { preconditionFailure("at least one slot is kept") }
        return built
    }
}

extension BuiltBlock {
    init(whole block: VerifiedBlock) {
        self.init(
            encoded: block.encoded, ids: block.ids, hashes: block.hashes, rawByteCount: block.rawByteCount,
            referenceOffsets: block.referenceOffsets, references: block.references)
    }
}
