import Compression
import ObjectModel
import Storage

/// Reads blocks: those of our own segments, and those that a peer sent.
struct BlockDecoder {
    /// Decodes a stored block. What does not decode was damaged on disk.
    func decode(_ encoded: [UInt8], of record: BlockRecord) throws(StorageError) -> DecodedBlock {
        do {
            return try self.decode(encoded)
        } catch {
            throw .corrupt("block \(record.id.rawValue) in segment \(record.location.segment): \(error)")
        }
    }

    /// Whether decoding the block tells damage: it is a zstd frame with a checksum (RFC 8878, 3.1.1.1.1).
    static func hasChecksum(_ encoded: [UInt8]) -> Bool {
        encoded.withUnsafeBytes { bytes in
            guard let header = try? BlockHeader.parse(bytes), header.codec == .zstd else { return false }
            let descriptor = BlockHeader.byteCount + Int(header.directoryByteCount) + 4
            return descriptor < bytes.count && bytes[descriptor] & 0b100 != 0
        }
    }

    /// Decodes a whole encoded block.
    func decode(_ encoded: [UInt8]) throws(BlockError) -> DecodedBlock {
        let (header, directory, texts) = try self.unpack(encoded)
        var ids: [ObjectID] = []
        var failure: BlockError?
        texts.withUnsafeBytes { bytes in
            do throws(BlockError) { ids = try directory.ids(in: bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        precondition(header.objectCount == ids.count, "the directory was checked against the header")
        return DecodedBlock(ids: ids, bytes: texts, offsets: directory.offsets)
    }

    private func unpack(_ encoded: [UInt8]) throws(BlockError) -> (BlockHeader, BlockDirectory, [UInt8]) {
        var result: Result<(BlockHeader, BlockDirectory, [UInt8]), BlockError> = .failure(.limitExceeded)
        encoded.withUnsafeBytes { bytes in
            do throws(BlockError) { result = .success(try Self.unpack(bytes)) } catch { result = .failure(error) }
        }
        return try result.get()
    }

    private static func unpack(_ bytes: UnsafeRawBufferPointer) throws(BlockError)
        -> (BlockHeader, BlockDirectory, [UInt8])
    {
        guard let header = try BlockHeader.parse(bytes), bytes.count == header.blockByteCount else {
            throw .limitExceeded
        }
        guard header.codec != .delta else { throw .unknownCodec(header.codec.rawValue) }  // BLOCK-3
        let frameStart = BlockHeader.byteCount + Int(header.directoryByteCount)
        let directory = try BlockDirectory.parse(
            UnsafeRawBufferPointer(rebasing: bytes[BlockHeader.byteCount..<frameStart]), header)
        let frame = UnsafeRawBufferPointer(rebasing: bytes[frameStart...])
        switch header.codec {
        case .stored:
            guard frame.count == Int(header.rawByteCount) else { throw .malformedFrame }
            return (header, directory, Array(frame))
        case .zstd:
            do {
                let texts = try ZstdDecompressor().decompress(frame, byteCount: Int(header.rawByteCount))
                return (header, directory, texts)
            } catch {
                throw .malformedFrame
            }
        case .delta: preconditionFailure("it was refused by its header")
        }
    }

    /// Decodes a block from a peer and checks every text against the block's digest.
    func verify(_ encoded: [UInt8], policy: BlockPolicy) throws -> VerifiedBlock {
        let decoded = try self.decode(encoded)
        let digest = try encoded.withUnsafeBytes { try BlockHeader.parse($0) }?.contentDigest
        return try self.verify(decoded, encoded: encoded, digest: digest, policy: policy)
    }

    private func verify(
        _ decoded: DecodedBlock, encoded: [UInt8], digest: ContentHash?, policy: BlockPolicy
    ) throws -> VerifiedBlock {
        var hashes: [ContentHash] = []
        hashes.reserveCapacity(decoded.ids.count)
        var collector = ReferenceCollector(policy: policy)
        try decoded.bytes.withUnsafeBytes { bytes in
            for slot in decoded.ids.indices {
                let text = UnsafeRawBufferPointer(
                    rebasing: bytes[decoded.offsets[slot]..<decoded.offsets[slot + 1]])
                hashes.append(ContentHash(of: text))
                try collector.collect(text, id: decoded.ids[slot])
            }
        }
        guard ContentHash.digest(of: hashes) == digest else { throw BlockError.digestMismatch }
        return VerifiedBlock(
            encoded: encoded, ids: decoded.ids, hashes: hashes, rawByteCount: decoded.bytes.count,
            referenceOffsets: collector.offsets, references: collector.references)
    }
}

extension BlockDecoder {
    /// Rebuilds a delta block against `prefix`, checks every text against the block's digest, and compresses them anew as
    /// they are stored.
    func verifyDelta(
        _ encoded: [UInt8], prefix: [UInt8], policy: BlockPolicy, level: Int32
    ) throws -> VerifiedBlock {
        let (header, directory, texts) = try encoded.withUnsafeBytes { try Self.unpackDelta($0, prefix: prefix) }
        var offsets = [0]
        offsets.reserveCapacity(directory.entries.count + 1)
        for entry in directory.entries { offsets.append(offsets[offsets.count - 1] + Int(entry.byteCount)) }
        let decoded = DecodedBlock(ids: directory.entries.map(\.id), bytes: texts, offsets: offsets)
        var verified = try self.verify(decoded, encoded: [], digest: header.contentDigest, policy: policy)
        verified.encoded = BlockBuilder.encode(decoded, hashes: verified.hashes, level: level)
        return verified
    }

    private static func unpackDelta(
        _ bytes: UnsafeRawBufferPointer, prefix: [UInt8]
    ) throws(BlockError) -> (BlockHeader, DeltaDirectory, [UInt8]) {
        guard let header = try BlockHeader.parse(bytes), bytes.count == header.blockByteCount else {
            throw .limitExceeded
        }
        guard header.codec == .delta else { throw .unknownCodec(header.codec.rawValue) }
        let directory = try DeltaDirectory.parse(block: bytes, header)
        let frame = bytes[(BlockHeader.byteCount + Int(header.directoryByteCount))...]
        let texts = prefix.withUnsafeBytes { prefix in
            try? ZstdDecompressor().decompress(
                UnsafeRawBufferPointer(rebasing: frame), byteCount: Int(header.rawByteCount), prefix: prefix)
        }
        guard let texts else { throw .malformedFrame }
        return (header, directory, texts)
    }
}

/// Gathers the references of a block's objects, each once per object.
private struct ReferenceCollector {
    private(set) var references: [ObjectID] = []
    private(set) var offsets = [0]
    /// So few are compared with each other; more go through a set.
    private static let comparedCountMax = 16
    private let policy: BlockPolicy
    private var scanner = ObjectScanner()

    init(policy: BlockPolicy) {
        self.policy = policy
    }

    mutating func collect(_ text: UnsafeRawBufferPointer, id: ObjectID) throws {
        let start = self.references.count
        switch self.policy {
        case .fromClient:
            try self.scan(text, id: id)
        case .fromNode:
            if ReferenceFinder.find(in: text, into: &self.references) == .needsScan {
                self.references.removeSubrange(start...)
                try self.scan(text, id: id)
            } else {
                self.dropRepeats(from: start)
            }
        }
        self.offsets.append(self.references.count)
    }

    private mutating func scan(_ text: UnsafeRawBufferPointer, id: ObjectID) throws {
        let facts = try self.scanner.scan(text)
        guard facts.id == id else { throw ObjectTextError.invalidID }
        self.references += facts.references
    }

    private mutating func dropRepeats(from start: Int) {
        let count = self.references.count - start
        guard count > 1 else { return }
        guard count > Self.comparedCountMax || self.hasRepeat(from: start) else { return }
        var seen = Set<ObjectID>(minimumCapacity: count)
        let distinct = self.references[start...].filter { seen.insert($0).inserted }
        self.references.replaceSubrange(start..., with: distinct)
    }

    private func hasRepeat(from start: Int) -> Bool {
        for index in start + 1..<self.references.count
        where self.references[start..<index].contains(self.references[index]) { return true }
        return false
    }
}
