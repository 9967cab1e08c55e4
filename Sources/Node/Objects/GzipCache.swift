import Compression
public import Foundation
import Storage

/// Keeps the compressed lines of whole blocks, so that each block is compressed once and not once per client.
///
/// Derived: files may be deleted at any time. A file that is damaged is made anew.
public final class GzipCache: Sendable {
    private static let magic: [UInt8] = Array("TBG1".utf8)
    private static let headByteCount = 20

    private let directory: URL

    public init(directory: URL) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.directory = directory
    }

    private func file(of block: BlockID) -> URL {
        self.directory.appendingPathComponent("\(block.rawValue).gzip")
    }

    func fragment(of block: BlockID) -> GzipFragment? {
        guard let data = try? Data(contentsOf: self.file(of: block)), data.count >= Self.headByteCount else {
            return nil
        }
        return data.withUnsafeBytes { bytes in
            let byteCount = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let deflatedByteCount = bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            guard bytes.prefix(4).elementsEqual(Self.magic), Int(deflatedByteCount) == bytes.count - Self.headByteCount
            else { return nil }
            return GzipFragment(
                deflated: Array(bytes[Self.headByteCount...]),
                checksum: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self), byteCount: Int(byteCount))
        }
    }

    /// A cache that cannot be written only costs time.
    func store(_ fragment: GzipFragment, of block: BlockID) {
        var bytes = Self.magic
        withUnsafeBytes(of: fragment.checksum) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt64(fragment.byteCount)) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(fragment.deflated.count)) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: fragment.deflated)
        try? Data(bytes).write(to: self.file(of: block), options: .atomic)
    }
}
