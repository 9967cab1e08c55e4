import ObjectModel
import Storage

/// A file of unknown length on its way in.
actor LocalBlobUpload: BlobUpload {
    private let file: File
    private let path: String
    private let store: LocalBlobs
    private var hasher = BlobHasher()
    private var end: UInt64 = 0

    init(_ file: File, path: String, in store: LocalBlobs) {
        self.file = file
        self.path = path
        self.store = store
    }

    func append(_ bytes: [UInt8]) async throws {
        let offset = self.end
        self.end += UInt64(bytes.count)
        bytes.withUnsafeBytes { self.hasher.update($0) }
        try await self.store.run { [file] in try bytes.withUnsafeBytes { try file.write($0, at: offset) } }
    }

    func finish() async throws -> BlobContent {
        guard let found = self.hasher.finish() else { throw BlobError.tooLong }
        try await self.store.run { [file, path, store] in
            try file.synchronize()
            try store.keep(path, found.parts)
        }
        return found.content
    }

    func putAside() async throws -> (id: PutAsideID, content: BlobContent) {
        guard let found = self.hasher.finish() else { throw BlobError.tooLong }
        let id = try await self.store.run { [file, path, store] in
            try file.synchronize()
            return try store.putAside(path, found.parts)
        }
        return (id, found.content)
    }

    func cancel() async {
        // What is left of it is removed at the next start.
        try? await self.store.run { [path] in try File.remove(path) }
    }
}
