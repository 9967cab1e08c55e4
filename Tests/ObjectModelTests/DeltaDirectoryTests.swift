import ObjectModel
import Testing

@Suite struct DeltaDirectoryTests {
    private let a = ObjectID(high: 0xa, low: 1)
    private let b = ObjectID(high: 0xb, low: 2)
    private let c = ObjectID(high: 0xc, low: 3)

    private func substituted(_ text: String, _ entries: [DeltaDirectory.Entry]) -> String {
        var substitution = IDSubstitution()
        substitution.add(DeltaDirectory(entries))
        var bytes: [UInt8] = Array("before".utf8)
        Array(text.utf8).withUnsafeBytes { substitution.apply(to: $0, into: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func entry(_ id: ObjectID, _ base: ObjectID?) -> DeltaDirectory.Entry {
        DeltaDirectory.Entry(byteCount: 1, id: id, base: base)
    }

    @Test("DELTA-4: ids between quotation marks are replaced, others are not")
    func substitution() {
        let pairs = [self.entry(self.b, self.a)]
        #expect(self.substituted(#"{"id":"\#(self.a)"}"#, pairs) == #"before{"id":"\#(self.b)"}"#)
        #expect(self.substituted(#""\#(self.a)""\#(self.a)""#, pairs) == #"before"\#(self.b)""\#(self.b)""#)
        for untouched in [#""\#(self.a)"#, #"\#(self.a)""#, #""x\#(self.a)""#, #""\#(self.c)""#, "", #""""#] {
            #expect(self.substituted(untouched, pairs) == "before" + untouched)
        }
        // The quotation mark that closes one text may open an id.
        #expect(self.substituted(#""\#(self.c)"\#(self.a)""#, pairs) == #"before"\#(self.c)"\#(self.b)""#)
    }

    @Test("DELTA-4: of two successors the later one counts")
    func laterSuccessor() {
        let pairs = [self.entry(self.b, self.a), self.entry(self.c, self.a)]
        #expect(self.substituted(#""\#(self.a)""#, pairs) == #"before"\#(self.c)""#)
    }

    @Test("DELTA-2: a directory is read as it was written, and no cut or changed byte makes it trap")
    func roundTrip() throws {
        let directory = DeltaDirectory([
            .init(byteCount: 0, id: self.a, base: nil), .init(byteCount: 300, id: self.b, base: self.a),
        ])
        let encoded = directory.encoded
        let header = BlockHeader(
            codec: .delta, objectCount: 2, rawByteCount: 300, directoryByteCount: UInt32(encoded.count),
            frameByteCount: 0, contentDigest: [].withUnsafeBytes { ContentHash(of: $0) })
        var block: [UInt8] = []
        header.encode(into: &block)
        block += encoded
        func parse(_ bytes: [UInt8]) throws -> DeltaDirectory {
            try bytes.withUnsafeBytes { try DeltaDirectory.parse(block: $0, header) }
        }
        #expect(try parse(block) == directory)
        for end in 0..<block.count {
            #expect(throws: BlockError.malformedDirectory) { try parse(Array(block[..<end])) }
        }
        for index in BlockHeader.byteCount..<block.count {
            var changed = block
            changed[index] ^= 0xFF
            _ = try? parse(changed)
        }
    }
}
