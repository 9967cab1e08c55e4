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
/// Open addressing with linear probing. The seed keeps chosen ids from piling up in one place.
package struct ObjectIDTable: Sendable {
    private struct Entry {
        var id: ObjectID
        var location: ObjectLocation
        var isUsed: Bool
    }

    private static let empty = Entry(id: ObjectID(high: 0, low: 0), location: .init(block: 0, slot: 0), isUsed: false)

    private var entries: [Entry]
    private let seed: UInt64
    package private(set) var count = 0

    package init(minimumCapacity: Int = 64) {
        var capacity = 64
        while capacity * 3 < minimumCapacity * 4 { capacity *= 2 }
        self.entries = Array(repeating: Self.empty, count: capacity)
        self.seed = UInt64.random(in: .min ... .max)
    }

    package mutating func insert(_ id: ObjectID, at location: ObjectLocation) {
        if (self.count + 1) * 4 > self.entries.count * 3 { self.grow() }
        var index = self.start(of: id)
        while self.entries[index].isUsed { index = (index + 1) & (self.entries.count - 1) }
        self.entries[index] = Entry(id: id, location: location, isUsed: true)
        self.count += 1
    }

    /// The first location of `id` that `predicate` accepts.
    package func first(of id: ObjectID, where predicate: (ObjectLocation) -> Bool) -> ObjectLocation? {
        self.entries.withUnsafeBufferPointer { entries in
            var index = self.start(of: id)
            while entries[index].isUsed {
                if entries[index].id == id, predicate(entries[index].location) { return entries[index].location }
                index = (index + 1) & (entries.count - 1)
            }
            return nil
        }
    }

    package func contains(_ id: ObjectID) -> Bool {
        self.first(of: id) { _ in true } != nil
    }

    /// All entries, by id and then by location.
    package func sorted() -> [(id: ObjectID, location: ObjectLocation)] {
        self.entries.lazy.filter(\.isUsed).map { ($0.id, $0.location) }
            .sorted { ($0.id, $0.location) < ($1.id, $1.location) }
    }

    private func start(of id: ObjectID) -> Int {
        let mixed = (id.low ^ self.seed) &* 0x9E37_79B9_7F4A_7C15 ^ id.high
        return Int(truncatingIfNeeded: (mixed &* 0xD6E8_FEB8_6659_FD93) >> 32) & (self.entries.count - 1)
    }

    private mutating func grow() {
        let old = self.entries
        self.entries = Array(repeating: Self.empty, count: old.count * 2)
        for entry in old where entry.isUsed {
            var index = self.start(of: entry.id)
            while self.entries[index].isUsed { index = (index + 1) & (self.entries.count - 1) }
            self.entries[index] = entry
        }
    }
}
