import ObjectModel
import ObjectStorage
import Storage
import StorageTestKit

/// One object for tests.
struct Sample: Sendable {
    var id: ObjectID
    var text: [UInt8]
    var references: [ObjectID] = []

    /// An object without references; equal numbers give equal objects.
    static func leaf(_ number: Int) -> Sample {
        let id = self.id(number)
        let values = (0..<(number % 50)).map { "\(Double(number * 31 + $0) / 7)" }.joined(separator: ",")
        return Sample(id: id, text: Array(#"{"id":"\#(id)","speckle_type":"Base","data":[\#(values)]}"#.utf8))
    }

    /// Leaves, their groups of ten, and last a root with a closure: children first.
    static func tree(leafCount: Int, round: Int) -> [Sample] {
        let leaves = (0..<leafCount).map { self.leaf(round * 1_000_000 + $0) }
        var objects = leaves
        var groups: [Sample] = []
        for start in stride(from: 0, to: leafCount, by: 10) {
            let children = leaves[start..<min(start + 10, leafCount)].map(\.id)
            groups.append(self.parent(round * 1_000_000 + 500_000 + start, of: children, closure: []))
        }
        objects += groups
        let closure = leaves.map(\.id) + groups.map(\.id)
        objects.append(self.parent(round * 1_000_000 + 900_000, of: groups.map(\.id), closure: closure))
        return objects
    }

    private static func parent(_ number: Int, of children: [ObjectID], closure: [ObjectID]) -> Sample {
        let id = self.id(number)
        let elements = children.map { #"{"referencedId":"\#($0)","speckle_type":"reference"}"# }
        var text = #"{"id":"\#(id)","elements":[\#(elements.joined(separator: ","))]"#
        if !closure.isEmpty {
            text += #","__closure":{\#(closure.map { #""\#($0)":1"# }.joined(separator: ","))}"#
        }
        return Sample(id: id, text: Array((text + "}").utf8), references: children)
    }

    private static func id(_ number: Int) -> ObjectID {
        var random = SeededRandom(seed: UInt64(number))
        return ObjectID(high: random.next(), low: random.next())
    }
}

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
