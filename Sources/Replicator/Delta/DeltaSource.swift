import ObjectModel
import Storage

/// Turns the part of a journal that a reader lacks into blocks for it. It holds all the rest.
///
/// Objects with a predecessor travel as deltas against it. Blocks without any such object travel as they are stored.
struct DeltaSource {
    struct Block {
        var encoded: [UInt8]
        /// Where the reader stands once it has the block.
        var nextOrdinal: UInt64
    }

    private struct Stored {
        var part: JournalPart
        var ids: [ObjectID]
    }

    private let replica: Replica
    private let parts: [Stored]
    private let search: SuccessorSearch
    private var substitution = IDSubstitution()
    private var nextPart = 0

    /// Reads the new objects and finds their predecessors.
    init(_ replica: Replica, of project: ProjectID, _ journal: [JournalPart]) async throws {
        var parts: [Stored] = []
        for part in journal {
            parts.append(Stored(part: part, ids: try await replica.blocks.ids(of: part.selection)))
        }
        let added = Set(parts.flatMap(\.ids))
        var texts = ObjectTexts(replica.objects, of: project)
        try await texts.load(added)
        let versions = try await replica.metadata.read { try $0.allVersions(in: project) }
        var search = SuccessorSearch(texts, added: added)
        try await search.run(from: VersionSuccession.pairs(versions, added: added))
        self.replica = replica
        self.parts = parts
        self.search = search
    }

    /// Whether an answer of so many objects and bytes is worth the search.
    static func isWorthwhile(objectCount: Int, rawByteCount: Int64) -> Bool {
        objectCount > 0 && objectCount <= Limits.deltaObjectCountMax && rawByteCount <= Limits.deltaByteCountMax
    }

    /// The next block, in the journal's order; `nil` after the last one.
    mutating func next() async throws -> Block? {
        guard self.nextPart < self.parts.count else { return nil }
        guard self.hasBases(self.parts[self.nextPart]) else { return try await self.storedBlock() }
        var directory = DeltaDirectory([])
        var texts: [UInt8] = []
        var end: UInt64 = 0
        while self.nextPart < self.parts.count, self.hasBases(self.parts[self.nextPart]),
            texts.count < Limits.deltaBlockByteCountTarget
        {
            let stored = self.parts[self.nextPart]
            for id in stored.ids { try self.append(id, to: &directory, &texts) }
            end = stored.part.nextOrdinal
            self.nextPart += 1
        }
        self.substitution.add(directory)
        let prefix = try DeltaPrefix.make(directory, self.substitution) { self.search.texts[$0] }
        return Block(
            encoded: try await self.replica.deltas.encodeDelta(directory, texts: texts, prefix: prefix),
            nextOrdinal: end)
    }

    private mutating func storedBlock() async throws -> Block {
        let part = self.parts[self.nextPart].part
        self.nextPart += 1
        return Block(
            encoded: try await self.replica.blocks.encodedBlock(of: part.selection), nextOrdinal: part.nextOrdinal)
    }

    private func hasBases(_ stored: Stored) -> Bool {
        stored.ids.contains { self.search.bases[$0] != nil }
    }

    private func append(_ id: ObjectID, to directory: inout DeltaDirectory, _ texts: inout [UInt8]) throws {
        guard let text = self.search.texts[id] else { throw StorageError.corrupt("object \(id) is not in its block") }
        var base = self.search.bases[id]
        if let text = base.flatMap({ self.search.texts[$0] }), text.count > Limits.deltaBaseByteCountMax { base = nil }
        directory.entries.append(DeltaDirectory.Entry(byteCount: UInt32(text.count), id: id, base: base))
        texts += text
    }
}
