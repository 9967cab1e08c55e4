package import ObjectModel

/// Where an object stands: the block and its place within it.
package struct ObjectLocation: Hashable, Comparable, Sendable {
    package var block: UInt32
    package var slot: UInt32

    package init(block: UInt32, slot: UInt32) {
        self.block = block
        self.slot = slot
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.block, left.slot) < (right.block, right.slot)
    }
}

/// A hash table from object ids to locations. One id may stand at several locations: two projects may hold different
/// texts under one id.
///
/// Open addressing with linear probing. A slot is eight bytes: half of the id's hash, and the place of its entry; so an
/// absent id is told by the slots alone, which are small enough for the processor's caches. The seed keeps chosen ids
/// from piling up in one place.
package struct ObjectIDTable: Sendable {
    package typealias Entry = (id: ObjectID, location: ObjectLocation)

    /// In the order in which they were inserted.
    private var entries: [Entry] = []
    /// A power of two of them. 0 when free, else the upper half of a hash, and an entry's place plus 1 below it.
    private var slots = [UInt64](repeating: 0, count: 64)
    private let seed = UInt64.random(in: .min ... .max)

    package init() {}

    package var count: Int { self.entries.count }

    package mutating func insert(_ id: ObjectID, at location: ObjectLocation) {
        self.entries.append((id, location))
        if self.entries.count * 4 > self.slots.count * 3 { self.grow() } else { self.link(self.entries.count - 1) }
    }

    /// The first location of `id` that `predicate` accepts.
    package func first(of id: ObjectID, where predicate: (ObjectLocation) -> Bool) -> ObjectLocation? {
        let hash = self.hash(of: id)
        return self.slots.withUnsafeBufferPointer { slots in
            var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[index] != 0 {
                if slots[index] >> 32 == hash >> 32 {
                    let entry = self.entries[Int(slots[index] & 0xFFFF_FFFF) - 1]
                    if entry.id == id, predicate(entry.location) { return entry.location }
                }
                index = (index + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    package func contains(_ id: ObjectID) -> Bool {
        self.first(of: id) { _ in true } != nil
    }

    /// All entries, by id and then by location.
    package func sorted() -> [Entry] {
        self.entries.sorted { Self.areInOrder($0, $1) }
    }

    static func areInOrder(_ left: Entry, _ right: Entry) -> Bool {
        (left.id, left.location) < (right.id, right.location)
    }

    private func hash(of id: ObjectID) -> UInt64 {
        let mixed = ((id.low ^ self.seed) &* 0x9E37_79B9_7F4A_7C15 ^ id.high) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ mixed >> 32
    }

    private mutating func link(_ place: Int) {
        let hash = self.hash(of: self.entries[place].id)
        self.slots.withUnsafeMutableBufferPointer { slots in
            var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(place + 1)
        }
    }

    private mutating func grow() {
        self.slots = Array(repeating: 0, count: self.slots.count * 2)
        for place in self.entries.indices { self.link(place) }
    }
}
