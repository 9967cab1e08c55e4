import ObjectModel
import StorageTestKit
import SyncProtocol

/// A block with stored texts, as it stands in a journal.
struct SimulatedBlock: Sendable {
    var header: BlockHeader
    var bytes: [UInt8]
    /// Where a reader stands that has this block and all before it.
    var nextOrdinal: UInt64

    init(_ objects: [Sample], after ordinal: UInt64) {
        var directory = BlockDirectory()
        for object in objects {
            directory.append(byteCount: UInt32(object.text.count), id: object.id, isInText: true)
        }
        let texts = objects.flatMap(\.text)
        self.header = BlockHeader(
            codec: .stored, objectCount: UInt32(objects.count), rawByteCount: UInt32(texts.count),
            directoryByteCount: UInt32(directory.encoded.count), frameByteCount: UInt32(texts.count),
            contentDigest: ContentHash.digest(of: objects.map { $0.text.withUnsafeBytes { ContentHash(of: $0) } }))
        self.bytes = []
        self.header.encode(into: &self.bytes)
        self.bytes += directory.encoded + texts
        self.nextOrdinal = ordinal + UInt64(objects.count)
    }

    /// The objects of a block that came, its digest verified; `nil` when something is wrong.
    static func objects(of block: AssembledBlock) -> [ObjectID: [UInt8]]? {
        let (directoryBytes, texts) = (Array(block.directory), Array(block.frame))
        guard let directory = try? directoryBytes.withUnsafeBytes({ try BlockDirectory.parse($0, block.header) }),
            let ids = try? texts.withUnsafeBytes({ try directory.ids(in: $0) })
        else { return nil }
        let bytes = ids.indices.map { Array(texts[directory.offsets[$0]..<directory.offsets[$0 + 1]]) }
        let digest = ContentHash.digest(of: bytes.map { $0.withUnsafeBytes { ContentHash(of: $0) } })
        guard digest == block.header.contentDigest else { return nil }
        return Dictionary(uniqueKeysWithValues: zip(ids, bytes))
    }
}

/// The objects of one project at one region, in the order in which they came.
struct SimulatedJournal: Sendable {
    let epoch: UInt64
    private(set) var blocks: [SimulatedBlock] = []
    private(set) var texts: [ObjectID: [UInt8]] = [:]

    init(epoch: UInt64) {
        self.epoch = epoch
    }

    var nextOrdinal: UInt64 { self.blocks.last?.nextOrdinal ?? 0 }

    /// Adds those that are new.
    mutating func append(_ objects: [Sample]) {
        let new = objects.filter { self.texts[$0.id] == nil }
        guard !new.isEmpty else { return }
        for object in new { self.texts[object.id] = object.text }
        self.blocks.append(SimulatedBlock(new, after: self.nextOrdinal))
    }

    /// The same objects, numbered anew: a journal that was put back to an older state is another one.
    func rebuilt(epoch: UInt64) -> SimulatedJournal {
        var journal = Self(epoch: epoch)
        (journal.blocks, journal.texts) = (self.blocks, self.texts)
        return journal
    }
}

/// What objects lead to; the same wherever they are.
struct Catalogue {
    private var objects: [ObjectID: Sample] = [:]

    mutating func add(_ object: Sample) { self.objects[object.id] = object }
    subscript(id: ObjectID) -> Sample? { self.objects[id] }

    /// Whether everything that `root` leads to is among `texts`.
    func isComplete(_ root: ObjectID, in texts: [ObjectID: [UInt8]]) -> Bool {
        guard texts[root] != nil, let object = self.objects[root] else { return false }
        return object.references.allSatisfy { self.isComplete($0, in: texts) }
    }
}
