import ObjectModel
import Storage

/// Which stored objects one project has: its journal, and the same by block.
struct ProjectMembership: Sendable {
    private(set) var head: JournalHead
    /// By first ordinal.
    private(set) var extents: [Extent] = []
    private(set) var objectCount = 0
    var waiting: WaitingGraph

    /// The same by block.
    private(set) var slots = OwnedSlots()

    init(head: JournalHead, extents: [Extent], waiting: WaitingGraph) {
        self.head = head
        self.waiting = waiting
        for extent in extents { self.append(extent) }
        self.head = head
    }

    /// Adds the extent at the journal's end.
    mutating func append(_ extent: Extent) {
        self.slots.insert(extent.slots, of: extent.block)
        self.extents.append(extent)
        self.objectCount += Int(extent.objectCount)
        self.head.nextOrdinal = extent.firstOrdinal + UInt64(extent.objectCount)
    }

    /// The part of the journal that starts at `ordinal`, which must be an extent's first or the journal's end; all that is
    /// left of it for 0.
    func extents(from ordinal: UInt64) -> ArraySlice<Extent>? {
        if ordinal == 0 { return self.extents[...] }
        if ordinal == self.head.nextOrdinal { return [] }
        let first = self.firstExtent(from: ordinal)
        guard first < self.extents.count, self.extents[first].firstOrdinal == ordinal else { return nil }
        return self.extents[first...]
    }

    /// The extents that begin within `ordinals`.
    func extents(within ordinals: Range<UInt64>) -> ArraySlice<Extent> {
        self.extents[self.firstExtent(from: ordinals.lowerBound)..<self.firstExtent(from: ordinals.upperBound)]
    }

    /// The position of the first extent that begins at `ordinal` or behind it.
    private func firstExtent(from ordinal: UInt64) -> Int {
        var low = 0
        var high = self.extents.count
        while low < high {
            let middle = (low + high) / 2
            if self.extents[middle].firstOrdinal < ordinal { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Which slots of which blocks one project has.
struct OwnedSlots: Sendable {
    private var slots: [UInt32: SlotSet] = [:]

    /// Whether the project has the object that stands at `location`.
    func contains(_ location: ObjectLocation) -> Bool {
        self.slots[location.block]?.contains(location.slot) ?? false
    }

    mutating func insert(_ slots: SlotSet, of block: BlockID) {
        self.slots[block.rawValue] = self.slots[block.rawValue]?.union(slots) ?? slots
    }
}
