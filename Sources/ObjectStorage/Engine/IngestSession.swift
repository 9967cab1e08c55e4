public import ObjectModel
public import Storage

extension BlockStore: ObjectWriting {
    public func ingest(into project: ProjectID) -> any ObjectIngest {
        IngestSession(store: self, project: project)
    }
}

/// Takes an upload in, object by object.
struct IngestSession: ObjectIngest {
    private let store: BlockStore
    private var request: CommitRequest
    private var builder: BlockBuilder
    /// Full blocks that are not in a segment yet.
    private var sealed: [BuiltBlock] = []
    private var seen = ObjectIDTable()
    private var skippedCount = 0

    init(store: BlockStore, project: ProjectID) {
        self.store = store
        self.request = store.request(for: project)
        self.builder = BlockBuilder(level: store.settings.level)
    }

    mutating func add(_ text: UnsafeRawBufferPointer, _ facts: ObjectFacts) throws {
        let hash = ContentHash(of: text)
        guard !self.seen.contains(facts.id) else {
            self.skippedCount += 1
            return
        }
        switch try self.store.presence(of: facts.id, hash, for: self.request) {
        case .present:
            self.skippedCount += 1
            return
        case .shareable(let location, let blockObjectCount):
            self.request.shared.append(
                SharedObject(
                    location: location, blockObjectCount: blockObjectCount, id: facts.id,
                    references: facts.references))
        case .absent:
            if self.builder.rawByteCount + text.count > self.store.settings.rawByteCountTarget { self.seal() }
            self.builder.append(text, id: facts.id, hash: hash, references: facts.references)
        }
        self.seen.insert(facts.id, at: ObjectLocation(block: 0, slot: 0))
    }

    mutating func flush() async throws {
        let blocks = self.sealed
        guard !blocks.isEmpty else { return }
        self.sealed = []
        try await self.store.append(blocks, to: &self.request)
    }

    mutating func commit() async throws -> IngestSummary {
        self.seal()
        try await self.flush()
        var summary = IngestSummary(addedCount: 0, skippedCount: 0)
        if !self.request.blocks.isEmpty || !self.request.shared.isEmpty {
            summary = try await self.store.commit(self.request, joining: nil)
        }
        summary.skippedCount += self.skippedCount
        self.request = self.store.request(for: self.request.project)
        self.seen = ObjectIDTable()
        self.skippedCount = 0
        return summary
    }

    private mutating func seal() {
        if let block = self.builder.finish() { self.sealed.append(block) }
    }
}

extension BlockStore {
    enum Presence {
        case present
        /// Another project has the same content under the same id.
        case shareable(ObjectLocation, blockObjectCount: UInt32)
        case absent
    }

    /// Where an uploaded object stands already. Costs a small read when another project has the id.
    func presence(of id: ObjectID, _ hash: ContentHash, for request: CommitRequest) throws -> Presence {
        enum Found { case here, elsewhere(ObjectLocation), nowhere }
        let found: Found = try self.withState(of: request.project) { state, membership in
            if state.index.first(of: id, where: { membership.slots.contains($0) }) != nil { return .here }
            let blocks = state.blocks
            guard let location = state.index.first(of: id, where: { blocks[$0.block] != nil }) else { return .nowhere }
            request.hold.keep(location.block)
            return .elsewhere(location)
        }
        switch found {
        case .here: return .present
        case .nowhere: return .absent
        case .elsewhere(let location):
            return try self.withRecord(of: BlockID(rawValue: location.block)) { record in
                let isSame = try BlockTrailer.hash(at: location.slot, of: record, in: self.segments) == hash
                return isSame ? .shareable(location, blockObjectCount: record.objectCount) : .absent
            }
        }
    }

    func request(for project: ProjectID) -> CommitRequest { CommitRequest(project: project, hold: self.holds.begin()) }

    /// Writes blocks into the current segment. They are not durable yet.
    func append(_ blocks: [BuiltBlock], to request: inout CommitRequest) async throws {
        request.hold.keepSegments(from: self.segments.current)
        request.blocks += try await self.reading.run {
            try blocks.map { block in
                let trailer = BlockTrailer.encode(ids: block.ids, hashes: block.hashes)
                let location = try block.encoded.withUnsafeBytes { encoded in
                    try trailer.withUnsafeBytes { try self.segments.append(encoded, trailer: $0) }
                }
                self.settings.boundary(.blockAppended)
                return AppendedBlock(
                    location: location, ids: block.ids, rawByteCount: UInt32(block.rawByteCount),
                    referenceOffsets: block.referenceOffsets, references: block.references)
            }
        }
    }
}
