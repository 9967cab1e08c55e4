import ObjectModel
import Storage

/// The objects of one project, as one request reads them.
struct ProjectObjects: Sendable {
    /// Where a stored object is. What is there never changes.
    struct Place: Hashable, Sendable {
        var block: BlockID
        var slot: UInt32
    }

    let project: ProjectID
    let store: any ObjectReading
    let closures: ClosureCache
    let budget: AnswerBudget

    /// Reads those of `ids` that the project has, in the order of storage and each once, a block at a time.
    ///
    /// - Parameter body: gets each object's id and text.
    /// - Throws: ``DomainError`` when the request's budget is used up; ``StorageError``; what `body` throws.
    func forEach(_ ids: [ObjectID], _ body: (ObjectID, ArraySlice<UInt8>) throws -> Void) async throws {
        let plan = try await self.store.plan(ids, in: self.project)
        defer { withExtendedLifetime(plan.hold) {} }
        for read in plan.reads {
            let block = try await self.decode(read.block)
            for slot in read.slots { try body(block.ids[Int(slot)], block.text(at: slot)) }
        }
    }

    /// Those of `ids` that the project has, in their order.
    func present(of ids: [ObjectID]) async throws -> [ObjectID] {
        let missing = Set(try await self.store.missing(from: ids, in: self.project))
        return missing.isEmpty ? ids : ids.filter { !missing.contains($0) }
    }

    /// What an object of the project leads to.
    ///
    /// - Throws: ``DomainError`` when the project does not have the object.
    func closure(of id: ObjectID) async throws -> ObjectClosure {
        let plan = try await self.store.plan([id], in: self.project)
        defer { withExtendedLifetime(plan.hold) {} }
        guard let read = plan.reads.first else { throw DomainError(.objectNotFound, "Object not found") }
        let place = Place(block: read.block, slot: read.slots[0])
        if let kept = self.closures.closure(at: place) { return kept }
        let block = try await self.decode(place.block)
        return try await self.closures.make(at: place) {
            try block.text(at: place.slot).withUnsafeBytes { try ObjectClosure(of: $0, id: id) }
        }
    }

    private func decode(_ block: BlockID) async throws -> DecodedBlock {
        let decoded = try await self.store.decode(block)
        try self.budget.read(decoded.bytes.count)
        return decoded
    }
}
