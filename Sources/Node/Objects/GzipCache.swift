import Compression
public import Foundation
import Storage
import Synchronization

/// Keeps the compressed lines of whole blocks, so that each block is compressed once and not once per client.
///
/// Derived: files may be deleted at any time. A file that is damaged is made anew. The oldest ones go when the cache is
/// full.
public final class GzipCache: Sendable {
    private static let magic: [UInt8] = Array("TBG1".utf8)
    private static let headByteCount = 20

    private struct Contents {
        /// Oldest first.
        var files: [(file: URL, byteCount: Int)] = []
        var byteCount = 0
    }

    private let directory: URL
    private let byteCountMax: Int
    private let contents: Mutex<Contents>

    /// - Parameter byteCountMax: how much the files may take together.
    public init(directory: URL, byteCountMax: Int? = nil) throws {
        let files = FileManager.default
        try files.createDirectory(at: directory, withIntermediateDirectories: true)
        let keys: Set<URLResourceKey> = [.contentModificationDateKey, .fileSizeKey]
        let found = try files.contentsOfDirectory(at: directory, includingPropertiesForKeys: Array(keys))
            .map { ($0, try $0.resourceValues(forKeys: keys)) }
            .sorted { ($0.1.contentModificationDate ?? .distantPast) < ($1.1.contentModificationDate ?? .distantPast) }
            .map { (file: $0.0, byteCount: $0.1.fileSize ?? 0) }
        self.directory = directory
        self.byteCountMax = byteCountMax ?? Limits.gzipCacheByteCountMax
        self.contents = Mutex(Contents(files: found, byteCount: found.reduce(0) { $0 + $1.byteCount }))
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
        let file = self.file(of: block)
        guard (try? Data(bytes).write(to: file, options: .atomic)) != nil else { return }
        for outdated in self.makeRoom(adding: file, bytes.count) { try? FileManager.default.removeItem(at: outdated) }
    }

    /// Counts a new file in. Returns the files that must go, the oldest ones; a quarter of the cache at once, so that
    /// a full cache is not trimmed at every block.
    private func makeRoom(adding file: URL, _ byteCount: Int) -> [URL] {
        self.contents.withLock { contents in
            contents.files.append((file, byteCount))
            contents.byteCount += byteCount
            guard contents.byteCount > self.byteCountMax else { return [] }
            var outdated: [URL] = []
            for (file, byteCount) in contents.files where contents.byteCount > self.byteCountMax / 4 * 3 {
                outdated.append(file)
                contents.byteCount -= byteCount
            }
            contents.files.removeFirst(outdated.count)
            return outdated
        }
    }
}
