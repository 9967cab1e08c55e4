import ObjectModel
import Storage

/// A file of known parts on its way in.
actor LocalBlobArrival: BlobArrival {
    private let file: File
    private let path: String
    nonisolated let parts: BlobParts
    private let store: LocalBlobs
    private(set) var missing: [Int]

    init(_ file: File, path: String, of parts: BlobParts, missing: [Int], in store: LocalBlobs) {
        self.file = file
        self.path = path
        self.parts = parts
        self.missing = missing
        self.store = store
    }

    func store(_ bytes: [UInt8], part: Int) async throws {
        let offset = self.parts.range(of: part).lowerBound
        try await self.store.run { [file, parts] in
            try bytes.withUnsafeBytes { bytes in
                guard parts.matches(bytes, part: part) else { throw BlobError.partMismatch(part) }
                try file.write(bytes, at: offset)
            }
            try file.synchronize()
        }
        self.missing.removeAll { $0 == part }
    }

    func finish() async throws -> BlobContent {
        precondition(self.missing.isEmpty, "parts are missing")
        return try await self.store.run { [file, path, parts, store] in
            let content = try Self.content(of: file, parts)
            try file.synchronize()
            try store.keep(path, parts)
            return content
        }
    }

    /// Reads the whole file once more: its parts came in any order.
    private static func content(of file: File, _ parts: BlobParts) throws -> BlobContent {
        var hasher = BlobHasher()
        for part in 0..<parts.count {
            let bytes = try file.read(at: parts.range(of: part).lowerBound, byteCount: parts.byteCount(of: part))
            bytes.withUnsafeBytes { hasher.update($0) }
        }
        guard let found = hasher.finish(), found.parts == parts else {
            throw StorageError.corrupt("a file changed while it came in")
        }
        return found.content
    }
}
