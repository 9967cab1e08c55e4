package import ObjectModel

/// A block whose texts are stored as they are.
package struct StoredBlock: Equatable, Sendable {
    package var header: BlockHeader
    package var bytes: [UInt8]

    package init(_ objects: [(id: ObjectID, text: [UInt8])]) {
        var directory = BlockDirectory()
        for (id, text) in objects {
            let isInText = text.withUnsafeBytes { BlockDirectory.leadingID(of: $0) } == id
            directory.append(byteCount: UInt32(text.count), id: id, isInText: isInText)
        }
        let texts = objects.flatMap(\.text)
        self.header = BlockHeader(
            codec: .stored, objectCount: UInt32(objects.count), rawByteCount: UInt32(texts.count),
            directoryByteCount: UInt32(directory.encoded.count), frameByteCount: UInt32(texts.count),
            contentDigest: Self.digest(of: objects.map(\.text)))
        self.bytes = []
        self.header.encode(into: &self.bytes)
        self.bytes += directory.encoded + texts
    }

    /// The objects of a block in this form, its digest verified; `nil` when something is wrong.
    package static func objects(
        _ header: BlockHeader, directory: [UInt8], texts: [UInt8]
    ) -> [(id: ObjectID, text: [UInt8])]? {
        guard let parsed = try? directory.withUnsafeBytes({ try BlockDirectory.parse($0, header) }),
            let ids = try? texts.withUnsafeBytes({ try parsed.ids(in: $0) })
        else { return nil }
        let objects = ids.indices.map { slot in
            (id: ids[slot], text: Array(texts[parsed.offsets[slot]..<parsed.offsets[slot + 1]]))
        }
        return self.digest(of: objects.map(\.text)) == header.contentDigest ? objects : nil
    }

    private static func digest(of texts: [[UInt8]]) -> ContentHash {
        ContentHash.digest(of: texts.map { $0.withUnsafeBytes { ContentHash(of: $0) } })
    }
}
