import ObjectModel
import Storage

/// Texts of some objects of one project, read block by block and kept.
struct ObjectTexts {
    private let objects: any ObjectReading
    private let project: ProjectID
    private var texts: [ObjectID: [UInt8]] = [:]
    /// Of all texts that are kept.
    private(set) var byteCount = 0

    init(_ objects: any ObjectReading, of project: ProjectID) {
        self.objects = objects
        self.project = project
    }

    subscript(id: ObjectID) -> [UInt8]? { self.texts[id] }

    /// Reads those of `ids` that are not here yet. Absent ones stay absent.
    mutating func load(_ ids: some Sequence<ObjectID>) async throws {
        var reads = try await self.plan(ids.filter { self.texts[$0] == nil }).reads[...]
        while !reads.isEmpty {
            let part = reads.prefix(Limits.deltaReadCountMax)
            reads = reads.dropFirst(part.count)
            for (read, block) in zip(part, try await self.decode(part.map(\.block))) {
                for slot in read.slots { self.keep(block.block.text(at: slot), of: block.block.ids[Int(slot)]) }
            }
        }
    }

    func plan(_ ids: [ObjectID]) async throws -> ReadPlan { try await self.objects.plan(ids, in: self.project) }

    /// Decodes blocks side by side; they come in the order of `ids`.
    func decode(_ ids: some Collection<BlockID>) async throws -> [(id: BlockID, block: DecodedBlock)] {
        let blocks = try await withThrowingTaskGroup(of: (BlockID, DecodedBlock).self) { [objects] group in
            for id in ids { group.addTask { (id, try await objects.decode(id)) } }
            return try await group.reduce(into: [BlockID: DecodedBlock]()) { $0[$1.0] = $1.1 }
        }
        return ids.compactMap { id in blocks[id].map { (id, $0) } }
    }

    mutating func keep(_ text: ArraySlice<UInt8>, of id: ObjectID) {
        guard self.texts.updateValue(Array(text), forKey: id) == nil else { return }
        self.byteCount += text.count
    }
}
