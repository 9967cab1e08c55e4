import ObjectModel
import StorageTestKit
import SyncProtocol

/// One object for tests; equal numbers give equal objects.
struct Sample: Equatable {
    var id: ObjectID
    var text: [UInt8]

    /// - Parameter byteCount: of padding in the text.
    init(_ number: Int, padding byteCount: Int = 20) {
        var random = Seeded(UInt64(number))
        self.id = ObjectID(high: random.next(), low: random.next())
        var padding = (0..<min(byteCount, 61)).map { _ in UInt8(0x61 + random.below(26)) }
        while padding.count < byteCount { padding += padding.prefix(byteCount - padding.count) }
        let head = number % 3 == 0 ? "{\"n\":\(number)" : "{\"id\":\"\(self.id)\""
        self.text = Array(head.utf8) + Array(",\"data\":\"".utf8) + padding + Array("\"}".utf8)
    }

    var isIDInText: Bool { self.text.withUnsafeBytes { BlockDirectory.leadingID(of: $0) } == self.id }
}

/// A whole block with its parts, its texts stored as they are.
struct SampleBlock: Equatable {
    var header: BlockHeader
    var bytes: [UInt8]
    var objects: [Sample]

    init(_ objects: [Sample]) {
        let block = StoredBlock(objects.map { ($0.id, $0.text) })
        (self.header, self.bytes, self.objects) = (block.header, block.bytes, objects)
    }

    /// The objects of a block with stored texts, its digest verified; `nil` when something is wrong.
    static func objects(of block: AssembledBlock) -> [Sample]? {
        StoredBlock.objects(block.header, directory: Array(block.directory), texts: Array(block.frame))?
            .map { Sample(id: $0.id, text: $0.text) }
    }
}

extension Sample {
    init(id: ObjectID, text: [UInt8]) {
        self.id = id
        self.text = text
    }
}

enum Names {
    static let project = ProjectID(rawValue: "3a1f09c2d7")
    static let token = "a1b2c3d4e50123456789abcdef0123456789abcdef"
    static let origins = ["1", "2"].map { NodeID(rawValue: String(repeating: $0, count: 64)) }
    static let epoch: UInt64 = 0x5EED_5EED_0000_0001
}

/// The digest over what a stream carried (Spec §12.6), written apart from the one that is tested.
struct ExpectedDigest {
    private(set) var value: ContentHash?

    mutating func add(block digest: ContentHash) { self.add(0, digest.binary) }
    mutating func add(operations payload: [UInt8]) { self.add(1, payload) }

    private mutating func add(_ kind: UInt8, _ tail: [UInt8]) {
        let input = (self.value?.binary ?? [UInt8](repeating: 0, count: 32)) + [kind] + tail
        self.value = input.withUnsafeBytes { ContentHash(of: $0) }
    }
}

extension DataRecord {
    /// The record of `block` in a DATA stream.
    func bytes(of block: SampleBlock) -> [UInt8] { self.prefix + block.bytes.dropFirst(self.skippedByteCount) }
}
