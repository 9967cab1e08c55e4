import ObjectModel
import SyncProtocol
import Testing

/// Bytes that no peer should send: they end in an error or in a value, never in a trap.
@Suite struct FuzzTests {
    private static let frames = VectorTests.acceptedFrames.map(\.bytes) + VectorTests.rejectedVectors.map(\.bytes)

    /// Changes a few bytes: flips, cuts, insertions, copies of neighbours.
    private static func mutated(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<(1 + random.below(4)) where !bytes.isEmpty {
            let index = random.below(bytes.count)
            switch random.below(6) {
            case 0: bytes[index] ^= 1 << UInt8(random.below(8))
            case 1: bytes[index] = [0x00, 0x01, 0x7F, 0x80, 0xFF][random.below(5)]
            case 2: bytes.removeSubrange(index..<min(index + 1 + random.below(8), bytes.count))
            case 3: bytes.insert(contentsOf: random.bytes(1 + random.below(8)), at: index)
            case 4: bytes.insert(contentsOf: bytes[index..<min(index + 20, bytes.count)], at: index)
            default: bytes.removeLast(min(bytes.count, 1 + random.below(8)))
            }
        }
        return bytes
    }

    @Test(
        "FIELD-1: what is decoded from any payload encodes to what decodes to the same",
        arguments: 0..<8 as Range<UInt64>)
    func payloads(seed: UInt64) throws {
        var random = Seeded(seed)
        var takenCount = 0
        for _ in 0..<2500 {
            let count = random.below(4) == 0 ? Self.frames.count : VectorTests.acceptedFrames.count
            let frame = Self.frames[random.below(count)]
            guard frame.count >= FrameHeader.byteCount else { continue }
            let payload = Self.mutated(Array(frame.dropFirst(FrameHeader.byteCount)), &random)
            let kinds = FrameType.known
            let type = random.below(20) == 0 ? kinds[random.below(kinds.count)] : FrameType(rawValue: frame[3])
            guard let message = try? Message(type, decoding: payload.span.bytes) else { continue }
            takenCount += 1
            let encoded = Array(message.frame(stream: 0).dropFirst(FrameHeader.byteCount))
            #expect(try Message(type, decoding: encoded.span.bytes) == message)
            #expect(encoded.count <= payload.count)
        }
        #expect(takenCount > 150)
    }

    @Test(
        "ROSTER-5: what is decoded from any document encodes to what decodes to the same",
        arguments: 0..<8 as Range<UInt64>)
    func documents(seed: UInt64) throws {
        var random = Seeded(seed)
        let documents = VectorTests.acceptedDocuments.map(\.bytes)
        var takenCount = 0
        for _ in 0..<2500 {
            let document = Self.mutated(documents[random.below(documents.count)], &random)
            guard let roster = try? Roster(decoding: document.span.bytes) else { continue }
            takenCount += 1
            #expect(try Roster(decoding: roster.encoded().span.bytes) == roster)
            #expect(roster.encoded().count <= document.count)
        }
        #expect(takenCount > 100)
    }

    @Test("DATA-1: any DATA stream ends in blocks or an error", arguments: 0..<8 as Range<UInt64>)
    func streams(seed: UInt64) {
        var random = Seeded(seed)
        let block = SampleBlock((0..<5).map { Sample($0) })
        for _ in 0..<400 {
            let bytes = Self.mutated([5] + block.bytes + [6] + block.bytes, &random)
            var assembler = BlockAssembler(blockByteCountMax: 1 << 20)
            var (offset, stepCount) = (0, 0)
            while let step = try? assembler.next(in: bytes.span.bytes, at: &offset), step != .needMore {
                if case .block(let block) = step { _ = SampleBlock.objects(of: block) }
                stepCount += 1
            }
            #expect(stepCount <= 2 * (bytes.count / BlockHeader.byteCount) + 2)
        }
    }

    @Test("HELLO-1: bytes of strangers", arguments: 0..<8 as Range<UInt64>)
    func strangers(seed: UInt64) {
        var random = Seeded(seed)
        for round in 0..<150 {
            for side in [Connection.Side.acceptor, .dialler] {
                let node = SampleNode.filled(blockCount: 2)
                let peer = Peer(.init(side: side)) { (type, id, header, payload) throws(WireError) in
                    try node.serve(type, id, header, payload)
                }
                let hello = Self.mutated(HelloMessage().frame(stream: 0), &random)
                peer.receive(random.bytes(random.below(80))[...])
                peer.receive(hello[...])
                #expect(!peer.isOpen || peer.outbox.count < 100, "seed \(seed), round \(round)")
            }
        }
    }

    @Test("ERR-1: peers of good standing that send anything", arguments: 0..<10 as Range<UInt64>)
    func anything(seed: UInt64) {
        var random = Seeded(seed)
        var (frameCount, endedCount) = (0, 0)
        for _ in 0..<60 {
            let node = SampleNode.filled(blockCount: 3)
            let replica = SampleReplica()
            let link = Link(serving: node, seed: seed)
            link.run()
            // Real requests of both kinds run while the noise comes.
            let sinks = [FetchSink(replica), FetchSink(SampleReplica())]
            for sink in sinks { sink.start(on: link.dialler) }
            PushGiver((0..<7).map { Sample($0 + 500) }, windowCount: 3).start(on: link.dialler)
            for _ in 0..<40 {
                let victim = random.below(2) == 0 ? link.dialler : link.acceptor
                victim.receive(Self.noise(&random, streams: [1, 3, 5, 5, 7, 2])[...])
                _ = link.dialler.step(&random)
                _ = link.acceptor.step(&random)
            }
            link.run()
            frameCount += link.dialler.frameCount + link.acceptor.frameCount
            if !link.acceptor.isOpen || !link.dialler.isOpen { endedCount += 1 }
            // Whatever came, nothing wrong was stored.
            for (id, text) in replica.objects where node.objects[id] != nil { #expect(node.objects[id] == text) }
        }
        #expect(frameCount > 300 && endedCount > 0)
    }

    @Test("FETCH-7: machines that are given any frames", arguments: 0..<8 as Range<UInt64>)
    func machines(seed: UInt64) throws {
        var random = Seeded(seed)
        var stepCount = 0
        for _ in 0..<300 {
            var fetch = FetchClient(FetchMessage(project: Names.project), blockByteCountMax: 1 << 20)
            _ = fetch.received(PlanMessage(epoch: Names.epoch))
            let offer = OfferMessage(project: Names.project, objectCount: 4, ids: (0..<4).map { Sample($0).id })
            var server = try PushServer(Frame(offer).header, payload: offer.encoded().span.bytes)
            var client = PushClient(project: Names.project, objectCount: 4)
            _ = client.offering(offer.ids)
            for _ in 0..<12 {
                let frame = Self.noise(&random, streams: [1])
                let payload = Array(frame.dropFirst(FrameHeader.byteCount))
                guard let header = try FrameHeader.parse(frame.span.bytes, payloadByteCountMax: 1 << 20) else {
                    continue
                }
                if fetch.received(header, payload: payload.span.bytes) == .readData { _ = fetch.blocks(in: payload) }
                switch server.received(header, payload: payload.span.bytes) {
                case .check(let window, let ids): _ = server.answer(window: window, needed: ids.map { _ in true })
                case .readData: _ = server.blocks(in: payload)
                case .expect, .awaitDurability, .apply, .fail: break
                }
                _ = client.received(header, payload: payload.span.bytes)
                stepCount += 1
            }
        }
        #expect(stepCount == 300 * 12)
    }

    /// One frame of a stream, sometimes changed.
    private static func noise(_ random: inout Seeded, streams: [UInt32]) -> [UInt8] {
        let (type, whole) = Self.streamFrames[random.below(Self.streamFrames.count)]
        let payload = random.below(3) == 0 ? Self.mutated(whole, &random) : whole
        let header = FrameHeader(
            payloadByteCount: payload.count, type: type, flags: random.below(4) == 0 ? .end : [],
            stream: streams[random.below(streams.count)])
        var bytes: [UInt8] = []
        header.encode(into: &bytes)
        return bytes + payload
    }

    /// Payloads of the frames that stand on streams, and some blocks.
    private static let streamFrames: [(FrameType, [UInt8])] = {
        var frames: [(FrameType, [UInt8])] = []
        for vector in VectorTests.acceptedFrames {
            let bytes = vector.bytes
            guard bytes[3] >= 0x10 || [0x03, 0x04].contains(bytes[3]) else { continue }
            frames.append((FrameType(rawValue: bytes[3]), Array(bytes.dropFirst(FrameHeader.byteCount))))
        }
        for number in 0..<6 { frames.append((.data, [0] + SampleBlock([Sample(number)]).bytes)) }
        return frames
    }()
}
