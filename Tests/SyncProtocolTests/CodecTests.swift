import ObjectModel
import SyncProtocol
import Testing

/// Numbers, headers, block cutting and the text forms.
@Suite struct CodecTests {
    @Test("INT-1: numbers come back, in the shortest form", arguments: 0..<64)
    func varints(_ bit: Int) throws {
        for value in [UInt64(1) << UInt64(bit), UInt64(1) << UInt64(bit) - 1, .max >> UInt64(bit)] {
            var bytes: [UInt8] = []
            Varint.encode(value, into: &bytes)
            #expect(bytes.count == Varint.byteCount(value))
            #expect(bytes.count == 1 || bytes.last != 0)
            var offset = 0
            #expect(try Varint.decode(bytes.span.bytes, at: &offset) == value)
            #expect(offset == bytes.count)
            for end in 0..<bytes.count {
                offset = 0
                #expect(try Varint.decode(bytes.span.bytes, at: &offset, end: end) == nil)
                #expect(offset == 0)
            }
        }
    }

    @Test("INT-2, INT-3: longer forms and more than 64 bits are refused")
    func malformedVarints() {
        for bytes in [
            [0x80, 0x00], [0xFF, 0x80, 0x00], [UInt8](repeating: 0xFF, count: 9) + [0x02],
            [UInt8](repeating: 0x80, count: 10), [UInt8](repeating: 0xFF, count: 9) + [0x81],
        ] as [[UInt8]] {
            #expect(throws: Varint.Malformed()) {
                var offset = 0
                _ = try Varint.decode(bytes.span.bytes, at: &offset)
            }
        }
    }

    @Test("FRAME-1: a header is eight bytes, and comes back")
    func headers() throws {
        var random = Seeded(9)
        for _ in 0..<200 {
            let header = FrameHeader(
                payloadByteCount: random.below((1 << 20) + 1), type: FrameType(rawValue: UInt8(random.below(256))),
                flags: FrameHeader.Flags(rawValue: UInt8(random.below(16) << 4 | random.below(2))),
                stream: UInt32(random.below(1 << 24)))
            var bytes: [UInt8] = []
            header.encode(into: &bytes)
            #expect(bytes.count == 8)
            #expect(try FrameHeader.parse(bytes.span.bytes, payloadByteCountMax: 1 << 20) == header)
            let short = Array(bytes.dropLast())
            #expect(try FrameHeader.parse(short.span.bytes, payloadByteCountMax: 1 << 20) == nil)
        }
    }

    @Test("FRAME-4: a payload above the announced limit is refused by its header")
    func frameLimit() throws {
        for (byteCount, isTaken) in [(999, true), (1000, true), (1001, false)] {
            var bytes: [UInt8] = []
            FrameHeader(payloadByteCount: byteCount, type: .data, stream: 1).encode(into: &bytes)
            let header = try? FrameHeader.parse(bytes.span.bytes, payloadByteCountMax: 1000)
            #expect((header != nil) == isTaken)
        }
    }

    @Test("DATA-1: blocks come out the same, however the stream is cut", arguments: 0..<20 as Range<UInt64>)
    func assembling(seed: UInt64) throws {
        var random = Seeded(seed)
        let blocks = (0..<4).map { SampleBlock([Sample($0, padding: $0 * 40), Sample($0 + 10)]) }
        let ordinals = [2, 130, 1 << 40, .max] as [UInt64]
        var stream: [UInt8] = []
        for (block, ordinal) in zip(blocks, ordinals) {
            Varint.encode(ordinal, into: &stream)
            stream += block.bytes
        }
        var assembler = BlockAssembler()
        var (found, begun): ([AssembledBlock], [Int]) = ([], [])
        var start = 0
        while start < stream.count {
            // Seed 0: whole, seed 1: byte by byte, then at random.
            let count = [stream.count, 1, 1 + random.below(90)][Int(min(seed, 2))]
            let chunk = Array(stream[start..<min(start + count, stream.count)])
            start += chunk.count
            var offset = 0
            steps: while true {
                switch try assembler.next(in: chunk.span.bytes, at: &offset) {
                case .needMore: break steps
                case .began(let byteCount): begun.append(byteCount)
                case .block(let block): found.append(block)
                }
            }
            #expect(offset == chunk.count)
        }
        let isIdle = assembler.isIdle
        #expect(isIdle)
        #expect(found.map(\.bytes) == blocks.map(\.bytes) && found.map(\.nextOrdinal) == ordinals)
        #expect(found.compactMap(SampleBlock.objects) == blocks.map(\.objects))
        #expect(begun == found.map(\.streamByteCount) && begun.reduce(0, +) == stream.count)
    }

    @Test("OPS-1: operations are packed into as few frames as hold them, and come back")
    func packing() throws {
        let node = SampleNode()
        node.log(30, of: Names.origins[0], bodyByteCount: 30_000)
        node.log(2, of: Names.origins[1], bodyByteCount: Limits.operationBodyByteCountMax - 5)
        let all = Names.origins.flatMap { node.logs[$0] ?? [] }
        let messages = OperationsMessage.pack(all)
        #expect(messages.flatMap { $0.operations(in: .project(Names.project)) } == all)
        #expect(messages.count == 4 + 2)
        for message in messages {
            let payload = message.encoded()
            #expect(payload.count <= Limits.bulkFrameByteCountMax)
            #expect(try OperationsMessage(decoding: payload.span.bytes) == message)
        }
        // A gap in the sequences begins a new frame.
        #expect(OperationsMessage.pack([all[0], all[2]]).count == 2)
        let many = SampleNode()
        many.log(Limits.operationCountMax + 1, of: Names.origins[0], bodyByteCount: 0)
        let small = (many.logs[Names.origins[0]] ?? []).map { operation in
            Operation(
                scope: operation.scope, origin: operation.origin, sequence: operation.sequence,
                timestamp: operation.timestamp, actor: nil, body: [])
        }
        #expect(OperationsMessage.pack(small).map(\.records.count) == [Limits.operationCountMax, 1])
    }

    @Test("OFFER-5: an OFFER or OPS payload above 262,144 bytes is refused, whatever frames the receiver takes")
    func bulkFrames() {
        let padding: [UInt8] = [0x7F] + [0x80, 0x80, 0x10] + [UInt8](repeating: 0, count: 1 << 18)
        let offer = OfferMessage(project: Names.project, objectCount: 0, ids: []).encoded() + padding
        #expect(throws: WireError(.frameTooLarge)) { _ = try OfferMessage(decoding: offer.span.bytes) }
        #expect(throws: WireError(.frameTooLarge)) { _ = try OperationsMessage(decoding: offer.span.bytes) }
    }

    @Test("NEED-1: one bit for each object of the window, in order")
    func bitmaps() throws {
        var random = Seeded(4)
        for count in [0, 1, 7, 8, 9, 500, Limits.offerWindowCountMax] {
            let needed = (0..<count).map { _ in random.below(4) == 0 }
            let need = NeedMessage(window: 3, needed: needed)
            #expect(try NeedMessage(decoding: need.encoded().span.bytes) == need)
            #expect((0..<count).map(need.needs) == needed)
            #expect(need.neededCount == needed.count { $0 })
            #expect(need.indexEnd == (needed.lastIndex(of: true) ?? -1) + 1)
            #expect(!need.needs(count + 8))
        }
    }

    @Test("FIELD-6: identifiers are 1 to 64 of A-Z, a-z, 0-9, hyphen and underscore")
    func identifiers() {
        for text in ["a", "3a1f09c2d7", "A-z_9", String(repeating: "x", count: 64)] {
            #expect(WireText.isIdentifier(text))
        }
        for text in ["", "a/b", "a b", "é", "a.b", "..", String(repeating: "x", count: 65), "a\n"] {
            #expect(!WireText.isIdentifier(text))
        }
    }

    @Test("AUTH-2: tokens are 1 to 2,048 visible characters, and never described")
    func tokens() {
        #expect(WireText.isToken(Names.token) && WireText.isToken(String(repeating: "~", count: 2048)))
        for text in ["", "a b", "a\t", "é", String(repeating: "x", count: 2049)] { #expect(!WireText.isToken(text)) }
        #expect(!"\(AuthMessage(.token(Names.token)))".contains(Names.token))
        #expect(!"\(Connection.OnFrame.authenticate(.token(Names.token)))".contains(Names.token))
    }

    @Test(
        "ADDR-1: addresses that are, and come back",
        arguments: [
            ("tiebeam://node.example:3001/3a1f09c2d7", "node.example", 3001),
            ("tiebeam://127.0.0.1:1/A-z_9", "127.0.0.1", 1), ("tiebeam://[::1]:65535/p", "::1", 65535),
            ("tiebeam://[2001:db8::10.0.0.1]:7340/p", "2001:db8::10.0.0.1", 7340),
            ("tiebeam+http://node.example:3000/p", "node.example", 3000),
            ("tiebeam+https://node.example:443/p", "node.example", 443),
        ])
    func addresses(_ text: String, _ host: String, _ port: UInt16) {
        let address = SyncAddress(text)
        #expect(address?.node.host == host && address?.node.port == port)
        #expect(address?.description == text)
        #expect(text.lastIndex(of: "/").flatMap { NodeAddress(text[..<$0]) } == address?.node)
    }

    @Test(
        "ADDR-2, ADDR-3: addresses that are not",
        arguments: [
            "", "tiebeam://", "tiebeam://a/p", "tiebeam://a:0/p", "tiebeam://a:01/p", "tiebeam://a:65536/p",
            "tiebeam://a:+5/p", "tiebeam://:5/p", "tiebeam://a:5", "tiebeam://a:5/", "tiebeam://a:5/p/q",
            "tiebeam://a:5/p?q", "tiebeam://u@a:5/p", "tiebeam://::1:5/p", "tiebeam://[]:5/p",
            "tiebeam://[1.2.3.4]:5/p",
            "TIEBEAM://a:5/p", "tiebeam+ftp://a:5/p", "tiebeam+://a:5/p", "tiebeam+https:a:5/p", "http://a:5/p",
            " tiebeam://a:5/p", "tiebeam://a:5/p\n", "tiebeam://a_b:5/p",
            "tiebeam://é:5/p", "tiebeam://a:/p", "tiebeam://a:5/%41", "tiebeam://[::1%25eth0]:5/p",
        ])
    func notAddresses(_ text: String) {
        #expect(SyncAddress(text) == nil)
    }
}
