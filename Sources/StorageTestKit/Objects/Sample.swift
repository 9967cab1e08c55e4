package import ObjectModel

/// One object for tests.
package struct Sample: Sendable {
    package var id: ObjectID
    package var text: [UInt8]
    package var references: [ObjectID]

    package init(id: ObjectID, text: [UInt8], references: [ObjectID] = []) {
        self.id = id
        self.text = text
        self.references = references
    }

    /// An object without references; equal numbers give equal objects.
    package static func leaf(_ number: Int) -> Sample {
        let id = self.id(number)
        let values = (0..<(number % 50)).map { "\(Double(number * 31 + $0) / 7)" }.joined(separator: ",")
        return Sample(id: id, text: Array(#"{"id":"\#(id)","speckle_type":"Base","data":[\#(values)]}"#.utf8))
    }

    /// Leaves, their groups of ten, and last a root with a closure: children first.
    package static func tree(leafCount: Int, round: Int) -> [Sample] {
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
