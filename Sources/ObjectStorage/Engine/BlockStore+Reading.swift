public import ObjectModel
public import Storage

extension BlockStore: ObjectReading {
    public func missing(from ids: [ObjectID], in project: ProjectID) async throws -> [ObjectID] {
        try await self.reading.run {
            var told = Set<ObjectID>()
            return zip(ids, try self.locate(ids, in: project)).compactMap { id, location in
                location == nil && told.insert(id).inserted ? id : nil
            }
        }
    }

    public func plan(_ ids: [ObjectID], in project: ProjectID) async throws -> ReadPlan {
        try await self.reading.run {
            var slots: [UInt32: [UInt32]] = [:]
            var missing: [ObjectID] = []
            let hold = self.holds.begin()
            for (id, location) in zip(ids, try self.locate(ids, in: project, hold)) {
                if let location {
                    slots[location.block, default: []].append(location.slot)
                } else {
                    missing.append(id)
                }
            }
            let reads = try slots.sorted { $0.key < $1.key }.map { block, slots in
                let block = BlockID(rawValue: block)
                let distinct = Array(Set(slots)).sorted()
                let isWhole = distinct.count == Int(try self.record(of: block).objectCount)
                return ReadPlan.Read(block: block, slots: distinct, isWholeBlock: isWhole)
            }
            return ReadPlan(reads: reads, missing: missing, hold: ReadHold { withExtendedLifetime(hold) {} })
        }
    }

    public func decode(_ block: BlockID) async throws -> DecodedBlock {
        try await self.reading.run { try self.decodeNow(block) }
    }

    public func isComplete(_ root: ObjectID, in project: ProjectID) async throws -> Bool {
        try await self.reading.run { try self.isCompleteNow(root, in: project) }
    }

    public func statistics(of project: ProjectID) async throws -> ObjectStatistics {
        try await self.reading.run {
            try self.withState(of: project) { state, membership in
                var statistics = ObjectStatistics(
                    objectCount: membership.objectCount, rawByteCount: 0, storedByteCount: 0)
                for extent in membership.extents {
                    let block = state.blocks.record(of: extent)
                    // A project's share of a block that it has in part is estimated by count.
                    let share = Int64(extent.objectCount)
                    let whole = Int64(block.objectCount)
                    statistics.rawByteCount += Int64(block.rawByteCount) * share / whole
                    statistics.storedByteCount += Int64(block.location.byteCount) * share / whole
                }
                return statistics
            }
        }
    }

    /// Whether `root` can be read in full: its references lead to nothing absent, and neither does its `__closure`,
    /// which clients download by. Blocks the calling thread.
    public func isCompleteNow(_ root: ObjectID, in project: ProjectID) throws -> Bool {
        let epoch = try self.withState(of: project) { $1.head.epoch }
        if self.completeRoots.contains(root, in: project, epoch: epoch) { return true }
        let hold = self.holds.begin()
        defer { withExtendedLifetime(hold) {} }
        let location: ObjectLocation? = try self.withState(of: project) { state, membership in
            guard membership.head.epoch == epoch, !membership.waiting.isWaiting(root) else { return nil }
            let location = state.index.first(of: root) { membership.slots.contains($0) }
            if let location { hold.keep(location.block) }
            return location
        }
        guard let location else { return false }
        let block = try self.decodeNow(BlockID(rawValue: location.block))
        let facts = try Self.facts(of: location, in: block)
        guard try self.hasAll(facts.closure, in: project, epoch: epoch) else { return false }
        self.completeRoots.insert(root, in: project, epoch: epoch)
        return true
    }

    /// Looks the ids up in the index as it is now, without holding others up: a closure may name all of a project.
    private func hasAll(_ ids: [ObjectID], in project: ProjectID, epoch: UInt64) throws -> Bool {
        let (index, membership) = try self.withState(of: project) { state, membership in (state.index, membership) }
        guard membership.head.epoch == epoch else { return false }
        let slots = membership.slots
        return index.first(of: ids) { slots.contains($0) }.allSatisfy { $0 != nil }
    }

    /// What the object at `location` of its decoded block names and leads to.
    static func facts(of location: ObjectLocation, in block: DecodedBlock) throws -> ObjectFacts {
        var scanner = ObjectScanner()
        return try block.text(at: location.slot).withUnsafeBytes { text in
            do { return try scanner.scan(text) } catch {
                throw StorageError.corrupt(
                    "object \(block.ids[Int(location.slot)]) in block \(location.block): \(error)")
            }
        }
    }

    func decodeNow(_ block: BlockID) throws -> DecodedBlock {
        try self.withRecord(of: block) { record in
            let encoded = try self.segments.read(
                record.location, skip: 0, byteCount: Int(record.location.byteCount))
            return try BlockDecoder().decode(encoded, of: record)
        }
    }
}
