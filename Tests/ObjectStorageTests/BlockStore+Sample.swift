import ObjectModel
import ObjectStorage
import Storage
import StorageTestKit

extension BlockStore {
    @discardableResult
    func ingest(_ objects: [Sample], into project: ProjectID) async throws -> IngestSummary {
        var session = self.ingest(into: project)
        for object in objects {
            let facts = ObjectFacts(id: object.id, references: object.references, closure: [])
            try object.text.withUnsafeBytes { try session.add($0, facts) }
        }
        return try await session.commit()
    }

    /// The texts of `ids`, in their order; empty for absent ones.
    func texts(of ids: [ObjectID], in project: ProjectID) async throws -> [[UInt8]] {
        var found: [ObjectID: [UInt8]] = [:]
        for read in try await self.plan(ids, in: project).reads {
            let block = try await self.decode(read.block)
            for slot in read.slots { found[block.ids[Int(slot)]] = Array(block.text(at: slot)) }
        }
        return ids.map { found[$0] ?? [] }
    }
}
