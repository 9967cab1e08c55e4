import ObjectModel
import Storage

/// Turns the part of a journal that a reader lacks into blocks for it.
///
/// Objects with a predecessor travel as deltas against it. Blocks without any such object travel as they are stored.
/// However long the part is, the texts of one segment of it are held at a time.
struct DeltaSource {
    struct Block {
        var encoded: [UInt8]
        /// Where the reader stands once it has the block.
        var nextOrdinal: UInt64
    }

    private struct Stored {
        var part: JournalPart
        var ids: [ObjectID]
        /// Of all texts of its block.
        var rawByteCount: Int
    }

    private let replica: Replica
    private let project: ProjectID
    /// The new roots that took the place of another one.
    private let roots: [SuccessorMatch.Pair]
    private let reader: DeltaReader
    private let segmentByteCountMax: Int
    /// What is not sent yet.
    private var parts: ArraySlice<Stored>
    /// Where the segment ends whose predecessors are known.
    private var segmentEnd = 0
    private var search: SuccessorSearch
    private var substitution = IDSubstitution()

    /// Reads which objects are new.
    ///
    /// - Parameters:
    ///   - heldRoots: what the reader holds with all below; `nil` when it holds all that it does not get.
    ///   - segmentByteCountMax: texts of new objects whose predecessors are searched together, in bytes.
    init(
        _ replica: Replica, of project: ProjectID, _ journal: [JournalPart], holding heldRoots: [ObjectID]? = nil,
        segmentByteCountMax: Int = Limits.deltaSegmentByteCountMax
    ) async throws {
        var parts: [Stored] = []
        for part in journal {
            parts.append(
                Stored(
                    part: part, ids: try await replica.blocks.ids(of: part.selection),
                    rawByteCount: try await replica.blocks.rawByteCount(of: part.selection.block)))
        }
        var held: Set<ObjectID>?
        if let heldRoots { held = try await replica.blocks.ids(below: heldRoots, in: project) }
        let reader = DeltaReader(getting: Set(parts.flatMap(\.ids)), holding: held)
        let versions = try await replica.metadata.read { try $0.allVersions(in: project) }
        self.replica = replica
        self.project = project
        self.roots = VersionSuccession.pairs(versions, for: reader)
        self.reader = reader
        self.segmentByteCountMax = segmentByteCountMax
        self.parts = parts[...]
        self.search = SuccessorSearch(ObjectTexts(replica.objects, of: project), among: [], for: reader)
    }

    /// Whether an answer of so many objects is worth the search.
    static func isWorthwhile(objectCount: Int) -> Bool { objectCount > 0 && objectCount <= Limits.deltaObjectCountMax }

    /// The next block, in the journal's order; `nil` after the last one.
    mutating func next() async throws -> Block? {
        guard let first = self.parts.first else { return nil }
        if self.parts.startIndex == self.segmentEnd { try await self.searchSegment() }
        guard self.hasBases(first) else { return try await self.storedBlock() }
        var directory = DeltaDirectory([])
        var texts: [UInt8] = []
        var end: UInt64 = 0
        while let stored = self.parts.first, self.parts.startIndex < self.segmentEnd, self.hasBases(stored),
            texts.count < Limits.deltaBlockByteCountTarget
        {
            for id in stored.ids { try self.append(id, to: &directory, &texts) }
            end = stored.part.nextOrdinal
            self.parts.removeFirst()
        }
        self.substitution.add(directory)
        let prefix = try DeltaPrefix.make(directory, self.substitution) { self.search.texts[$0] }
        return Block(
            encoded: try await self.replica.deltas.encodeDelta(directory, texts: texts, prefix: prefix),
            nextOrdinal: end)
    }

    /// Reads the new objects of the next segment and finds their predecessors. A walk begins at a root, which is stored
    /// after all that it leads to: where a segment has any, it ends with one.
    private mutating func searchSegment() async throws {
        let newRoots = Set(self.roots.map(\.object))
        var (end, byteCount) = (self.parts.startIndex, 0)
        var endOfRoot: Int?
        for (index, stored) in zip(self.parts.indices, self.parts) {
            byteCount += stored.rawByteCount
            guard end == self.parts.startIndex || byteCount <= self.segmentByteCountMax else { break }
            end = index + 1
            if stored.ids.contains(where: newRoots.contains) { endOfRoot = end }
        }
        if end < self.parts.endIndex, let endOfRoot { end = endOfRoot }
        let own = Set(self.parts[..<end].flatMap(\.ids))
        // The texts of the segment before go first.
        let texts = ObjectTexts(self.replica.objects, of: self.project)
        self.search = SuccessorSearch(texts, among: own, for: self.reader)
        try await self.search.run(from: self.roots.filter { own.contains($0.object) })
        self.segmentEnd = end
    }

    private mutating func storedBlock() async throws -> Block {
        let part = self.parts.removeFirst().part
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
