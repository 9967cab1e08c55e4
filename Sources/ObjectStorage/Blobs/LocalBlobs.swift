public import Foundation
public import ObjectModel
public import Storage
import Synchronization

/// Files in one directory.
///
///     ab/abcdef…            a file, by the digest of its parts
///     ab/abcdef….parts      its length and the hashes of its parts
///     uploads/…             on their way in over the API; remains of a crash are removed at the start
///     arrivals/project-…    on their way in part by part; kept, so that a cut arrival goes on
///     arrivals/….parts      as above
///     aside/…               whole and durable, for something that is still being made; a second name of those that are kept
///     aside/….parts         as above
///
/// A file gets its name only when it is whole and durable. Its parts were made durable before.
public final class LocalBlobs: BlobStore {
    /// Arrivals that nobody went on with for so long are removed at the start.
    private static let arrivalAgeMax: TimeInterval = 7 * 86_400

    private let directory: URL
    private let queue = BlockingQueue(label: "tiebeam.blobs", isConcurrent: true)
    /// Two that bring the same file write its parts, and name it, one after the other.
    private let naming = Mutex(())

    /// Opens or makes the directory. Blocks the calling thread.
    public init(directory: URL) throws {
        self.directory = directory
        for name in ["uploads", "arrivals", "aside"] {
            try FileManager.default.createDirectory(
                at: directory.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try Self.removeFiles(in: self.uploads, olderThan: .distantFuture)
        try Self.removeFiles(in: self.arrivals, olderThan: Date(timeIntervalSinceNow: -Self.arrivalAgeMax))
    }

    private var uploads: URL { self.directory.appendingPathComponent("uploads") }
    private var aside: URL { self.directory.appendingPathComponent("aside") }
    private var arrivals: URL { self.directory.appendingPathComponent("arrivals") }

    private static func removeFiles(
        in directory: URL, olderThan limit: Date, except needed: Set<String> = []
    ) throws {
        let key = URLResourceKey.contentModificationDateKey
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: [key])
        for file in files where !needed.contains(file.deletingPathExtension().lastPathComponent) {
            let changed = try file.resourceValues(forKeys: [key]).contentModificationDate ?? .distantPast
            if changed < limit { try File.remove(file.path) }
        }
    }

    private func path(of digest: ContentHash) -> String {
        let name = digest.description
        return self.directory.appendingPathComponent("\(name.prefix(2))/\(name)").path
    }

    private static func partsPath(_ path: String) -> String { path + ".parts" }

    public func upload() async throws -> any BlobUpload {
        let path = self.uploads.appendingPathComponent(UUID().uuidString).path
        let file = try await self.queue.run { try File.create(path) }
        return LocalBlobUpload(file, path: path, in: self)
    }

    private func arrivalPath(_ digest: ContentHash, _ project: ProjectID) -> String {
        self.arrivals.appendingPathComponent("\(project)-\(digest)").path
    }

    public func arrival(of parts: BlobParts, for project: ProjectID) async throws -> any BlobArrival {
        let path = self.arrivalPath(parts.digest, project)
        return try await self.queue.run { [self] in
            try self.naming.withLock { _ in
                try File.replace(Self.partsPath(path), with: BlobPartsFile.encode(parts))
            }
            return try self.openArrival(path, parts)
        }
    }

    public func cutArrival(of digest: ContentHash, for project: ProjectID) async throws -> (any BlobArrival)? {
        let path = self.arrivalPath(digest, project)
        return try await self.queue.run { [self] in
            guard FileManager.default.fileExists(atPath: path),
                let parts = try? Self.readParts(Self.partsPath(path)), parts.digest == digest
            else { return nil }
            return try self.openArrival(path, parts)
        }
    }

    private func openArrival(_ path: String, _ parts: BlobParts) throws -> LocalBlobArrival {
        let file = try File.openOrCreate(path)
        return LocalBlobArrival(file, path: path, of: parts, missing: try Self.missing(of: parts, in: file), in: self)
    }

    /// Reads what an earlier arrival left, part by part. What it did not write reads as zeros, or ends before.
    private static func missing(of parts: BlobParts, in file: File) throws -> [Int] {
        let present = try file.byteCount()
        return try (0..<parts.count).filter { part in
            let range = parts.range(of: part)
            guard range.upperBound <= present else { return true }
            return try !file.read(at: range.lowerBound, byteCount: range.count).withUnsafeBytes {
                parts.matches($0, part: part)
            }
        }
    }

    public func parts(of digest: ContentHash) async throws -> BlobParts? {
        let path = self.path(of: digest)
        return try await self.queue.run {
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            guard let parts = try Self.readParts(Self.partsPath(path)), parts.digest == digest else {
                throw StorageError.corrupt("\(path).parts is damaged")
            }
            return parts
        }
    }

    private static func readParts(_ path: String) throws -> BlobParts? {
        let file = try File.open(path)
        return try BlobPartsFile.decode(file.read(at: 0, byteCount: Int(file.byteCount())))
    }

    public func read(_ digest: ContentHash, _ range: Range<UInt64>) async throws -> [UInt8] {
        try await self.read(self.path(of: digest), range)
    }

    private func read(_ path: String, _ range: Range<UInt64>) async throws -> [UInt8] {
        try await self.queue.run {
            guard FileManager.default.fileExists(atPath: path) else {
                throw StorageError.corrupt("\(path) is gone; a file of a project is in it")
            }
            return try File.open(path).read(at: range.lowerBound, byteCount: range.count)
        }
    }

    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await self.queue.run(body)
    }

    /// Gives a durable file its name. When another has the same bytes already, this one goes.
    func keep(_ path: String, _ parts: BlobParts) throws {
        try self.name(path, parts) { try File.rename(path, to: $0) }
        try File.remove(path)
        try File.remove(Self.partsPath(path))
    }

    /// As ``keep(_:_:)``, for a file that has another name and goes on to have it.
    private func keepAnother(_ path: String, _ parts: BlobParts) throws {
        try self.name(path, parts) { try File.link(path, to: $0) }
    }

    /// - Parameter give: gives the file its name; is not called when another one has the same bytes.
    private func name(_ path: String, _ parts: BlobParts, _ give: (String) throws -> Void) throws {
        let target = self.path(of: parts.digest)
        try self.naming.withLock { _ in
            guard !FileManager.default.fileExists(atPath: target) else { return }
            try File.createDirectory((target as NSString).deletingLastPathComponent)
            try File.replace(Self.partsPath(target), with: BlobPartsFile.encode(parts))
            try give(target)
        }
    }
}

// MARK: - Put aside

extension LocalBlobs {
    private func path(of id: PutAsideID) -> String { self.aside.appendingPathComponent(id.rawValue).path }

    /// Gives a durable file a name of its own.
    func putAside(_ path: String, _ parts: BlobParts) throws -> PutAsideID {
        let id = PutAsideID(rawValue: UUID().uuidString)
        let target = self.path(of: id)
        try File.replace(Self.partsPath(target), with: BlobPartsFile.encode(parts))
        try File.rename(path, to: target)
        return id
    }

    public func keep(_ id: PutAsideID) async throws -> Bool {
        let path = self.path(of: id)
        return try await self.run {
            guard FileManager.default.fileExists(atPath: path),
                let parts = try Self.readParts(Self.partsPath(path))
            else { return false }
            try self.keepAnother(path, parts)
            return true
        }
    }

    public func read(putAside id: PutAsideID, _ range: Range<UInt64>) async throws -> [UInt8] {
        try await self.read(self.path(of: id), range)
    }

    public func discard(_ id: PutAsideID) async throws {
        let path = self.path(of: id)
        try await self.run {
            try File.remove(path)
            try File.remove(Self.partsPath(path))
        }
    }

    public func discardPutAside(longerThan age: Duration, except needed: Set<PutAsideID>) async throws {
        let (directory, names) = (self.aside, Set(needed.map(\.rawValue)))
        try await self.run {
            try Self.removeFiles(
                in: directory, olderThan: Date(timeIntervalSinceNow: -(age / .seconds(1))), except: names)
        }
    }
}

/// How the hashes of a file's parts stand beside it: the length, big-endian, then the hashes.
enum BlobPartsFile {
    private static let lengthByteCount = 8

    static func encode(_ parts: BlobParts) -> [UInt8] {
        var bytes = withUnsafeBytes(of: parts.byteCount.bigEndian) { Array($0) }
        for hash in parts.hashes { hash.appendBinary(to: &bytes) }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> BlobParts? {
        bytes.withUnsafeBytes { bytes in
            let (count, rest) = (bytes.count - Self.lengthByteCount).quotientAndRemainder(
                dividingBy: ContentHash.byteCount)
            guard count >= 0, rest == 0 else { return nil }
            return BlobParts(
                byteCount: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                hashes: (0..<count).map {
                    ContentHash(binaryIn: bytes, at: Self.lengthByteCount + $0 * ContentHash.byteCount)
                })
        }
    }
}
