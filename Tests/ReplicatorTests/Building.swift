import ObjectModel
import StorageTestKit

/// A small building: a root, storeys, elements with a mesh each. Texts differ as real ones do: in what was edited, and in
/// every id above it.
struct Building {
    private(set) var objects: [Sample] = []

    /// - Parameters:
    ///   - edited: elements whose note differs from those of other rounds.
    ///   - added: elements that stand before all others.
    ///   - namesElements: whether elements have an `applicationId`.
    init(round: UInt64, elements: Int = 30, edited: Set<Int> = [], added: Int = 0, namesElements: Bool = true) {
        var storeys: [Sample] = []
        for storey in 0..<3 {
            var below: [Sample] = []
            for extra in 0..<(storey == 0 ? added : 0) {
                below.append(self.element("extra \(round) \(extra)", key: "x\(round).\(extra)", round, namesElements))
            }
            for number in (storey * elements / 3)..<((storey + 1) * elements / 3) {
                let isEdited = edited.contains(number)
                below.append(
                    self.element(
                        isEdited ? "note of round \(round)" : "note", key: "\(number)", isEdited ? round : 0,
                        namesElements))
            }
            storeys.append(self.parent("storey \(storey)", of: below))
        }
        _ = self.parent("root", of: storeys)
    }

    var root: ObjectID { self.objects[self.objects.count - 1].id }

    private static func id(_ parts: String) -> ObjectID {
        var random = SeededRandom(
            seed: parts.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
        return ObjectID(high: random.next(), low: random.next())
    }

    private mutating func element(_ note: String, key: String, _ round: UInt64, _ isNamed: Bool) -> Sample {
        let mesh = self.put("mesh \(key)", #""speckle_type":"Mesh","data":[\#(key.utf8.count),1,2,3,4,5,6,7,8]"#, [])
        let name = isNamed ? #""applicationId":"element \#(key)","# : ""
        let padding = String(repeating: "property \(key) ", count: 20)
        return self.put(
            "element \(key) \(round)",
            #"\#(name)"speckle_type":"Element","note":"\#(note)","padding":"\#(padding)","mesh":\#(Self.reference(mesh.id))"#,
            [mesh.id])
    }

    private mutating func parent(_ name: String, of below: [Sample]) -> Sample {
        let references = below.map { Self.reference($0.id) }.joined(separator: ",")
        let key = below.map(\.id.hex).joined()
        return self.put(
            "\(name) \(key)", #""speckle_type":"Collection","name":"\#(name)","elements":[\#(references)]"#,
            below.map(\.id))
    }

    private static func reference(_ id: ObjectID) -> String { #"{"referencedId":"\#(id)","speckle_type":"reference"}"# }

    /// The object with these parts, the same one each time.
    private mutating func put(_ key: String, _ members: String, _ references: [ObjectID]) -> Sample {
        let id = Self.id(key)
        let sample = Sample(id: id, text: Array(#"{"id":"\#(id)",\#(members)}"#.utf8), references: references)
        self.objects.append(sample)
        return sample
    }
}
