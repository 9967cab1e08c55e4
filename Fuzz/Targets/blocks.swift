import Compression
import ObjectModel

/// A whole block: header, directory, frame and ids, as a node reads what a peer sent.
@_cdecl("LLVMFuzzerTestOneInput")
public func blocks(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    guard let header = try? BlockHeader.parse(bytes) else { return 0 }
    var encoded: [UInt8] = []
    header.encode(into: &encoded)
    require(encoded.elementsEqual(bytes.prefix(BlockHeader.byteCount)), "a header changed")
    require(header.blockByteCount <= 160_432_696, "a block is longer than any may be")
    let directoryEnd = BlockHeader.byteCount + Int(header.directoryByteCount)
    guard directoryEnd <= bytes.count, header.rawByteCount <= 1 << 20 else { return 0 }
    if header.codec == .delta {
        delta(Array(bytes.prefix(directoryEnd)), header, prefix: Array(bytes[directoryEnd...]))
        return 0
    }
    // A copy, so that the sanitizer sees what is read beyond its end.
    let slice = Array(bytes[BlockHeader.byteCount..<directoryEnd])
    guard let directory = try? slice.withUnsafeBytes({ try BlockDirectory.parse($0, header) }) else { return 0 }
    require(directory.encoded == slice, "a directory changed")
    require(directory.count == Int(header.objectCount), "a directory has another count")
    require(directory.offsets.last == Int(header.rawByteCount), "a directory has another sum")
    let frame = UnsafeRawBufferPointer(rebasing: bytes[directoryEnd...])
    let texts: [UInt8]?
    switch header.codec {
    case .stored: texts = Array(frame)
    case .zstd: texts = try? ZstdDecompressor().decompress(frame, byteCount: Int(header.rawByteCount))
    case .delta: texts = nil
    }
    guard let texts else { return 0 }
    require(header.codec == .stored || texts.count == Int(header.rawByteCount), "a frame has another length")
    texts.withUnsafeBytes { texts in
        guard let ids = try? directory.ids(in: texts) else { return }
        require(ids.count == directory.count, "objects are lost")
    }
    return 0
}

/// The directory of a delta block, what it makes of other texts, and its frame leaning on them.
private func delta(_ block: [UInt8], _ header: BlockHeader, prefix: [UInt8]) {
    guard let directory = try? block.withUnsafeBytes({ try DeltaDirectory.parse(block: $0, header) }) else { return }
    require(directory.encoded == block[BlockHeader.byteCount...].map { $0 }, "a delta directory changed")
    var substitution = IDSubstitution()
    substitution.add(directory)
    var replaced: [UInt8] = []
    prefix.withUnsafeBytes { substitution.apply(to: $0, into: &replaced) }
    require(replaced.count == prefix.count, "replacing ids changed a length")
    prefix.withUnsafeBytes { frame in
        replaced.withUnsafeBytes { prefix in
            _ = try? ZstdDecompressor().decompress(frame, byteCount: Int(header.rawByteCount), prefix: prefix)
        }
    }
}
