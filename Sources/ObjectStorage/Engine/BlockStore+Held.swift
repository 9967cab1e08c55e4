public import ObjectModel
public import Storage

extension BlockStore {
    public func parts(
        of slice: JournalSlice, in project: ProjectID, without held: HeldObjects
    ) async throws -> [JournalPart] {
        guard !held.isEmpty else { return slice.extents.map { JournalPart($0) } }
        return try await self.reading.run {
            let slots = try self.slots(below: held.roots, in: project)
            return try slice.extents.compactMap { extent in
                try self.rest(of: extent, without: slots[extent.block.rawValue] ?? [], held.ordinals)
            }
        }
    }

    public func parts(
        below roots: [ObjectID], in project: ProjectID, without held: HeldObjects
    ) async throws -> [JournalPart] {
        try await self.reading.run {
            var wanted = try self.slots(below: roots, in: project)
            for location in try self.locate(roots, in: project) {
                if let location { wanted[location.block, default: []].insert(location.slot) }
            }
            let heldSlots = try self.slots(below: held.roots, in: project)
            let extents = try self.withState(of: project) { _, membership in membership.extents }
            return try extents.compactMap { extent in
                guard let wanted = wanted[extent.block.rawValue] else { return nil }
                let count = try self.record(of: extent.block).objectCount
                let others = Set((0..<count).filter { !wanted.contains($0) })
                return try self.rest(
                    of: extent, without: others.union(heldSlots[extent.block.rawValue] ?? []), held.ordinals)
            }
        }
    }

    public func ids(below roots: [ObjectID], in project: ProjectID) async throws -> Set<ObjectID> {
        try await self.reading.run {
            try roots.reduce(into: []) { ids, root in
                if let closure = try self.closure(of: root, in: project) { ids.formUnion(closure.ids) }
            }
        }
    }

    /// By block, the slots of everything that the roots lead to. A root that is not complete here counts for nothing.
    private func slots(below roots: [ObjectID], in project: ProjectID) throws -> [UInt32: Set<UInt32>] {
        var slots: [UInt32: Set<UInt32>] = [:]
        for root in roots {
            for location in try self.closure(of: root, in: project)?.locations ?? [] {
                slots[location.block, default: []].insert(location.slot)
            }
        }
        return slots
    }

    /// The part of an extent that a reader lacks. A reader that lacks most of a block gets the block as it is stored.
    private func rest(of extent: Extent, without held: Set<UInt32>, _ ordinals: OrdinalSet) throws -> JournalPart? {
        let blockObjectCount = try self.record(of: extent.block).objectCount
        var rest: [UInt32] = []
        var ordinal = extent.firstOrdinal
        for slot in 0..<blockObjectCount where extent.slots.contains(slot) {
            if !held.contains(slot), !ordinals.contains(ordinal) { rest.append(slot) }
            ordinal += 1
        }
        guard !rest.isEmpty else { return nil }
        if rest.count * Self.mostOfABlock.denominator >= Int(blockObjectCount) * Self.mostOfABlock.numerator {
            return JournalPart(extent)
        }
        return JournalPart(
            selection: BlockSelection(
                block: extent.block, slots: SlotSet(rest, of: blockObjectCount), objectCount: UInt32(rest.count)),
            nextOrdinal: ordinal)
    }

    /// From this share on, sending what is not needed costs less than compressing anew.
    private static let mostOfABlock = (numerator: 7, denominator: 8)

    /// `root` and all that it leads to, and where they stand; `nil` when any of it is not here.
    ///
    /// An object's `__closure` names all below it, so only objects without one are followed further.
    private func closure(
        of root: ObjectID, in project: ProjectID
    ) throws -> (ids: Set<ObjectID>, locations: [ObjectLocation])? {
        let hold = self.holds.begin()
        defer { withExtendedLifetime(hold) {} }
        var reached: Set<ObjectID> = [root]
        var locations: [ObjectLocation] = []
        var open = [root]
        while !open.isEmpty {
            guard let here = try self.locateAll(open, in: project, hold) else { return nil }
            locations += here
            let below = try self.below(zip(open, here))
            let named = below.named.filter { reached.insert($0).inserted }
            guard let there = try self.locateAll(named, in: project, hold) else { return nil }
            locations += there
            open = below.followed.filter { reached.insert($0).inserted }
        }
        return (reached, locations)
    }

    private func locateAll(
        _ ids: [ObjectID], in project: ProjectID, _ hold: StoreHolds.Hold
    ) throws -> [ObjectLocation]? {
        let here = try self.locate(ids, in: project, hold).compactMap { $0 }
        return here.count == ids.count ? here : nil
    }

    private func below(
        _ objects: Zip2Sequence<[ObjectID], [ObjectLocation]>
    ) throws -> (named: [ObjectID], followed: [ObjectID]) {
        var named: [ObjectID] = []
        var followed: [ObjectID] = []
        for (block, group) in Dictionary(grouping: objects, by: \.1.block).sorted(by: { $0.key < $1.key }) {
            let decoded = try self.decodeNow(BlockID(rawValue: block))
            for (_, location) in group {
                let facts = try Self.facts(of: location, in: decoded)
                named += facts.closure
                // What a closure forgot is followed all the same.
                followed += facts.references
            }
        }
        return (named, followed)
    }
}
