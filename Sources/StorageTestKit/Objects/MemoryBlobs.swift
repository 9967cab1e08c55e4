package import ObjectModel
package import Storage
import Synchronization

/// Files that live as long as the process.
package final class MemoryBlobs: BlobStore {
    private struct Contents {
        var files: [ContentHash: (parts: BlobParts, bytes: [UInt8])] = [:]
        var arrivals: [String: MemoryBlobArrival] = [:]
        var aside: [PutAsideID: (bytes: [UInt8], since: ContinuousClock.Instant)] = [:]
        var asideCount = 0
    }

    private let contents = Mutex(Contents())

    package init() {}

    package func upload() async throws -> any BlobUpload { MemoryBlobUpload(in: self) }

    private static func key(_ digest: ContentHash, _ project: ProjectID) -> String { "\(project)-\(digest)" }

    package func arrival(of parts: BlobParts, for project: ProjectID) async throws -> any BlobArrival {
        self.contents.withLock { contents in
            let key = Self.key(parts.digest, project)
            if let arrival = contents.arrivals[key] { return arrival }
            let arrival = MemoryBlobArrival(of: parts, in: self)
            contents.arrivals[key] = arrival
            return arrival
        }
    }

    package func cutArrival(of digest: ContentHash, for project: ProjectID) async throws -> (any BlobArrival)? {
        self.contents.withLock { $0.arrivals[Self.key(digest, project)] }
    }

    package func parts(of digest: ContentHash) async throws -> BlobParts? {
        self.contents.withLock { $0.files[digest]?.parts }
    }

    package func read(_ digest: ContentHash, _ range: Range<UInt64>) async throws -> [UInt8] {
        let bytes = self.contents.withLock { $0.files[digest]?.bytes }
        guard let bytes, range.upperBound <= UInt64(bytes.count) else {
            throw StorageError.corrupt("the file \(digest) is gone, or ends before byte \(range.upperBound)")
        }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    fileprivate func putAside(_ bytes: [UInt8]) -> PutAsideID {
        self.contents.withLock { contents in
            contents.asideCount += 1
            let id = PutAsideID(rawValue: "\(contents.asideCount)")
            contents.aside[id] = (bytes, .now)
            return id
        }
    }

    package func keep(_ id: PutAsideID) async throws -> Bool {
        guard let bytes = self.contents.withLock({ $0.aside[id]?.bytes }) else { return false }
        _ = try self.keep(bytes)
        return true
    }

    package func read(putAside id: PutAsideID, _ range: Range<UInt64>) async throws -> [UInt8] {
        let bytes = self.contents.withLock { $0.aside[id]?.bytes }
        guard let bytes, range.upperBound <= UInt64(bytes.count) else {
            throw StorageError.corrupt("the file \(id.rawValue) is gone, or ends before byte \(range.upperBound)")
        }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    package func discard(_ id: PutAsideID) async throws { self.contents.withLock { $0.aside[id] = nil } }

    package func discardPutAside(longerThan age: Duration, except needed: Set<PutAsideID>) async throws {
        self.contents.withLock { contents in
            contents.aside = contents.aside.filter { needed.contains($0.key) || $0.value.since + age > .now }
        }
    }

    fileprivate func keep(_ bytes: [UInt8]) throws -> BlobContent {
        var hasher = BlobHasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        guard let found = hasher.finish() else { throw BlobError.tooLong }
        self.contents.withLock { contents in
            contents.files[found.parts.digest] = (found.parts, bytes)
            contents.arrivals = contents.arrivals.filter { $0.value.parts.digest != found.parts.digest }
        }
        return found.content
    }
}

private actor MemoryBlobUpload: BlobUpload {
    private let store: MemoryBlobs
    private var bytes: [UInt8] = []

    init(in store: MemoryBlobs) { self.store = store }

    func append(_ bytes: [UInt8]) async throws { self.bytes += bytes }

    func finish() async throws -> BlobContent { try self.store.keep(self.bytes) }

    func putAside() async throws -> (id: PutAsideID, content: BlobContent) {
        var hasher = BlobHasher()
        self.bytes.withUnsafeBytes { hasher.update($0) }
        guard let found = hasher.finish() else { throw BlobError.tooLong }
        return (self.store.putAside(self.bytes), found.content)
    }

    func cancel() async { self.bytes = [] }
}

private actor MemoryBlobArrival: BlobArrival {
    nonisolated let parts: BlobParts
    private let store: MemoryBlobs
    private var present: [Int: [UInt8]] = [:]

    init(of parts: BlobParts, in store: MemoryBlobs) {
        self.parts = parts
        self.store = store
    }

    var missing: [Int] { (0..<self.parts.count).filter { self.present[$0] == nil } }

    func store(_ bytes: [UInt8], part: Int) async throws {
        guard bytes.withUnsafeBytes({ self.parts.matches($0, part: part) }) else { throw BlobError.partMismatch(part) }
        self.present[part] = bytes
    }

    func finish() async throws -> BlobContent {
        precondition(self.missing.isEmpty, "parts are missing")
        return try self.store.keep((0..<self.parts.count).flatMap { self.present[$0] ?? [] })
    }
}
