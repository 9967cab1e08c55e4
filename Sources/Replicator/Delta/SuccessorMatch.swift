import ObjectModel

/// Finds which of the objects below a new object took the place of which below its predecessor.
///
/// Pure. Objects that both lead to are unchanged and left out. Of the others, those with the same `applicationId` belong
/// together, and the rest in order.
enum SuccessorMatch {
    /// What of an object's text tells who it is.
    struct Traits: Hashable {
        var applicationID: [UInt8]?
        var type: [UInt8]?

        /// Reads the first of each member that stands in the text. A wrong guess costs bytes, never correctness.
        init(_ text: some Collection<UInt8>) {
            (self.applicationID, self.type) =
                text.withContiguousStorageIfAvailable { text in
                    let bytes = UnsafeRawBufferPointer(text)
                    return (
                        Self.value(of: "\"applicationId\":\"", in: bytes),
                        Self.value(of: "\"speckle_type\":\"", in: bytes)
                    )
                } ?? (nil, nil)
        }

        /// How far into a text its own members are looked for, in bytes.
        private static let lookedAtByteCount = 4_096

        private static func value(of key: StaticString, in text: UnsafeRawBufferPointer) -> [UInt8]? {
            let keyCount = key.utf8CodeUnitCount
            let end = min(text.count, Self.lookedAtByteCount)
            guard end > keyCount else { return nil }
            for start in 0..<(end - keyCount) where text[start] == UInt8(ascii: "\"") {
                var matched = 1
                while matched < keyCount, text[start + matched] == key.utf8Start[matched] { matched += 1 }
                guard matched == keyCount else { continue }
                let rest = text[(start + keyCount)..<end]
                return rest.firstIndex(of: UInt8(ascii: "\"")).map { Array(rest[..<$0]) }
            }
            return nil
        }
    }

    struct Pair: Equatable {
        var object: ObjectID
        var base: ObjectID
    }

    /// The members of `list` that are not in `other`, each once, in order.
    static func changed(_ list: [ObjectID], besides other: [ObjectID]) -> [ObjectID] {
        var seen = Set(other)
        return list.filter { seen.insert($0).inserted }
    }

    /// Pairs what has no name of its own: in order, among those of the same type.
    ///
    /// - Parameters:
    ///   - objects: new ones, each once, in order.
    ///   - bases: those that went, each once, in order.
    static func pairsInOrder(
        _ objects: [(id: ObjectID, type: [UInt8]?)], _ bases: [(id: ObjectID, type: [UInt8]?)]
    ) -> [Pair] {
        var basesOfType: [[UInt8]?: ArraySlice<ObjectID>] = [:]
        for base in bases { basesOfType[base.type, default: []].append(base.id) }
        return objects.compactMap { object in
            basesOfType[object.type]?.popFirst().map { Pair(object: object.id, base: $0) }
        }
    }
}
