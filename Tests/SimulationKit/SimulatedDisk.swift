import ObjectModel
import StorageTestKit
import SyncProtocol

/// A block with stored texts, as it stands in a journal.
struct SimulatedBlock: Sendable {
    var header: BlockHeader
    var bytes: [UInt8]
    let ids: [ObjectID]
    /// Where a reader stands that has this block and all before it.
    var nextOrdinal: UInt64

    init(_ objects: [Sample], after ordinal: UInt64) {
        let block = StoredBlock(objects.map { ($0.id, $0.text) })
        (self.header, self.bytes) = (block.header, block.bytes)
        self.ids = objects.map(\.id)
        self.nextOrdinal = ordinal + UInt64(objects.count)
    }

    /// The objects of a block that came, its digest verified; `nil` when something is wrong.
    static func objects(of block: AssembledBlock) -> [ObjectID: [UInt8]]? {
        StoredBlock.objects(block.header, directory: Array(block.directory), texts: Array(block.frame))
            .map { Dictionary(uniqueKeysWithValues: $0.map { ($0.id, $0.text) }) }
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

    /// The objects of the blocks that a reader lacks which has everything before `ordinal`.
    func objects(from ordinal: UInt64, _ catalogue: Catalogue) -> [Sample] {
        self.blocks.filter { $0.nextOrdinal > ordinal }.flatMap(\.ids).compactMap { catalogue[$0] }
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
