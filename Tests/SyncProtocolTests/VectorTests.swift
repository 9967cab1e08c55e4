import ObjectModel
import SyncProtocol
import Testing

/// `Spec/vectors` is shared with the other implementations: bytes, their meaning, and the codes of what is refused.
@Suite struct VectorTests {
    static let acceptedVectors = Vector.all("accept")
    static let acceptedFrames = acceptedVectors.filter { $0.kind == .frame }
    static let acceptedBlocks = acceptedVectors.filter { $0.kind == .block }
    static let acceptedDeltas = acceptedVectors.filter { $0.kind == .delta }
    static let acceptedDocuments = acceptedVectors.filter { $0.kind == .document }
    static let acceptedLeases = acceptedVectors.filter { $0.kind == .lease }
    static let acceptedStreams = acceptedVectors.filter { $0.kind == .data }
    static let rejectedVectors = Vector.all("reject")

    @Test("the vectors are there")
    func vectorsAreThere() {
        #expect(Self.acceptedVectors.count >= 39)
        #expect(Self.rejectedVectors.count >= 87)
        #expect(Self.acceptedVectors.allSatisfy { $0.decoded != nil && $0.error == nil })
        #expect(Self.rejectedVectors.allSatisfy { $0.decoded == nil && $0.errorCode != nil })
    }

    @Test("an accepted frame has the listed fields and encodes to the same bytes", arguments: acceptedFrames)
    func acceptedFrame(_ vector: Vector) throws {
        let (header, message) = try Self.decodeFrame(vector.bytes)
        #expect(vector.decoded?["stream"] == .number(UInt64(header.stream)))
        #expect(vector.decoded?["flags"] == .number(UInt64(header.flags.rawValue)))
        guard let message else {
            #expect(vector.decoded?["type"] == .text("ignored"))
            return
        }
        #expect(vector.decoded?["type"] == .text(message.described.name))
        #expect(vector.decoded?["fields"] == message.described.fields)
        #expect(message.type == header.type)
        let encoded = message.frame(stream: header.stream, flags: header.flags)
        if vector.reencodes ?? true {
            #expect(encoded == vector.bytes)
        } else {
            #expect(try Self.decodeFrame(encoded).message == message)
        }
    }

    @Test("an accepted block has the listed parts and encodes to the same bytes", arguments: acceptedBlocks)
    func acceptedBlock(_ vector: Vector) throws {
        let texts = try #require(vector.decoded?["contents"]?.list).flatMap { Array(($0["text"]?.text ?? "").utf8) }
        let ids = vector.decoded?["contents"]?.list?.compactMap { $0["id"]?.text }
        let parts = try BlockParts(vector.bytes)
        #expect(vector.decoded?["codec"] == .number(UInt64(parts.header.codec.rawValue)))
        #expect(vector.decoded?["objects"] == .number(UInt64(parts.header.objectCount)))
        #expect(vector.decoded?["rawBytes"] == .number(UInt64(parts.header.rawByteCount)))
        #expect(vector.decoded?["directoryBytes"] == .number(UInt64(parts.header.directoryByteCount)))
        #expect(vector.decoded?["frameBytes"] == .number(UInt64(parts.header.frameByteCount)))
        #expect(vector.decoded?["digest"] == .text(parts.header.contentDigest.description))
        #expect(try parts.ids(in: texts).map(\.hex) == ids)
        #expect(parts.header.codec == .zstd || parts.frame == texts)
        var encoded: [UInt8] = []
        parts.header.encode(into: &encoded)
        #expect(encoded + parts.directory.encoded + parts.frame == vector.bytes)
    }

    @Test("DELTA-4: an accepted delta block has the listed parts", arguments: acceptedDeltas)
    func acceptedDelta(_ vector: Vector) throws {
        let (header, directory) = try Self.decodeDelta(vector.bytes)
        let contents = try #require(vector.decoded?["contents"]?.list)
        #expect(vector.decoded?["frameBytes"] == .number(UInt64(header.frameByteCount)))
        #expect(directory.entries.map { .text($0.id.hex) } == contents.map { $0["id"] })
        #expect(directory.entries.map { Int($0.byteCount) } == contents.map { $0["text"]?.text?.utf8.count })
        #expect(Set(directory.entries.compactMap { $0.base?.hex }) == Set(try #require(vector.bases).keys))
        let start = BlockHeader.byteCount
        #expect(Array(vector.bytes[start..<(start + Int(header.directoryByteCount))]) == directory.encoded)
    }

    @Test("DATA-2: an accepted DATA stream has the listed records", arguments: acceptedStreams)
    func acceptedData(_ vector: Vector) throws {
        let records = try Self.decodeData(vector.bytes).map { block in
            JSONValue.object(["nextOrdinal": .number(block.nextOrdinal), "block": .hex(block.bytes)])
        }
        #expect(vector.decoded?["records"]?.list == records)
    }

    @Test("ROSTER-5: an accepted document has the listed nodes", arguments: acceptedDocuments)
    func acceptedDocument(_ vector: Vector) throws {
        let roster = try Roster(decoding: vector.bytes.span.bytes)
        #expect(roster.described == vector.decoded)
        if vector.reencodes ?? true {
            #expect(roster.encoded() == vector.bytes)
        } else {
            #expect(try Roster(decoding: roster.encoded().span.bytes) == roster)
        }
    }

    @Test("LEASE-3: an accepted lease has the listed fields and encodes to the same bytes", arguments: acceptedLeases)
    func acceptedLease(_ vector: Vector) throws {
        let lease = try Lease(decoding: vector.bytes.span.bytes)
        #expect(lease.described == vector.decoded)
        #expect(lease.encoded() == vector.bytes)
    }

    @Test("what must be refused is refused with the listed code", arguments: rejectedVectors)
    func rejected(_ vector: Vector) throws {
        var code: UInt16?
        do throws(WireError) {
            switch vector.kind {
            case .frame: _ = try Self.decodeFrame(vector.bytes)
            case .block: code = Self.blockErrorCode(vector.bytes)?.rawValue
            case .delta where vector.errorCode == ErrorCode.contentMismatch.rawValue:
                return  // Found when it is decompressed: DeltaTests.
            case .delta: code = Self.deltaErrorCode(vector.bytes)?.rawValue
            case .data: _ = try Self.decodeData(vector.bytes)
            case .document: _ = try Roster(decoding: vector.bytes.span.bytes)
            case .lease: _ = try Lease(decoding: vector.bytes.span.bytes)
            }
        } catch {
            code = error.code.rawValue
        }
        #expect(code == vector.errorCode)
    }

    private static func decodeFrame(_ bytes: [UInt8]) throws(WireError) -> (header: FrameHeader, message: Message?) {
        let limit = Limits.frameByteCountDefault
        guard let header = try FrameHeader.parse(bytes.span.bytes, payloadByteCountMax: limit) else {
            throw WireError(.truncated)
        }
        let payload = Array(bytes.dropFirst(FrameHeader.byteCount))
        guard payload.count == header.payloadByteCount else { throw WireError(.truncated) }
        return (header, try Message(header.type, decoding: payload.span.bytes))
    }

    private static func decodeData(_ bytes: [UInt8]) throws(WireError) -> [AssembledBlock] {
        var assembler = BlockAssembler()
        var blocks: [AssembledBlock] = []
        var offset = 0
        steps: while true {
            switch try assembler.next(in: bytes.span.bytes, at: &offset) {
            case .needMore: break steps
            case .began: continue
            case .block(let block): blocks.append(block)
            }
        }
        guard assembler.isIdle else { throw WireError(.truncated) }
        return blocks
    }

    private static func decodeDelta(_ bytes: [UInt8]) throws -> (header: BlockHeader, directory: DeltaDirectory) {
        let header = try #require(try bytes.withUnsafeBytes { try BlockHeader.parse($0) })
        return (header, try bytes.withUnsafeBytes { try DeltaDirectory.parse(block: $0, header) })
    }

    private static func deltaErrorCode(_ bytes: [UInt8]) -> ErrorCode? {
        do { _ = try self.decodeDelta(bytes) } catch { return .malformedBlock }
        return nil
    }

    private static func blockErrorCode(_ bytes: [UInt8]) -> ErrorCode? {
        do {
            let parts = try BlockParts(bytes)
            _ = try parts.ids(in: parts.frame)
            return nil
        } catch BlockError.digestMismatch {
            return .contentMismatch
        } catch {
            return .malformedBlock
        }
    }
}

/// A block taken apart.
private struct BlockParts {
    var header: BlockHeader
    var directory: BlockDirectory
    var frame: [UInt8]

    init(_ bytes: [UInt8]) throws {
        let header = try #require(try bytes.withUnsafeBytes { try BlockHeader.parse($0) })
        guard header.blockByteCount == bytes.count, header.codec != .delta else { throw BlockError.malformedFrame }
        let rest = Array(bytes.dropFirst(BlockHeader.byteCount))
        let directory = Array(rest.prefix(Int(header.directoryByteCount)))
        self.header = header
        self.directory = try directory.withUnsafeBytes { try BlockDirectory.parse($0, header) }
        self.frame = Array(rest.dropFirst(directory.count))
    }

    /// The ids, once the texts have the digest.
    func ids(in texts: [UInt8]) throws -> [ObjectID] {
        let ids = try texts.withUnsafeBytes { try self.directory.ids(in: $0) }
        let hashes = ids.indices.map { slot in
            texts[self.directory.offsets[slot]..<self.directory.offsets[slot + 1]].withUnsafeBytes {
                ContentHash(of: $0)
            }
        }
        guard ContentHash.digest(of: hashes) == self.header.contentDigest else { throw BlockError.digestMismatch }
        return ids
    }
}
