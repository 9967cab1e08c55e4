import Foundation
import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import ObjectStorage

private let project = ProjectID(rawValue: "0000000001")

@Suite struct BlobTests {
    @Test("Every store of files keeps the rules of the role", arguments: World.Kind.allCases, BlobConformance.all)
    func conformance(_ kind: World.Kind, _ check: BlobConformance.Check) async throws {
        switch kind {
        case .memory: try await check.run(against: MemoryBlobs())
        case .local:
            let directory = try TemporaryDirectory()
            try await check.run(against: LocalBlobs(directory: directory.url))
        }
    }

    private func parts(of bytes: [UInt8]) throws -> BlobParts {
        var hasher = BlobHasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        return try #require(hasher.finish()).parts
    }

    private func names(in directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    @Test("FILE-1: the digest of parts is fixed: prefix, length, hashes")
    func digest() throws {
        #expect(
            try self.parts(of: []).digest.description
                == "3aea4469501b38785b60848ed3c9324c5b93fbbaa995524b35ea05ca36380acf")
        #expect(BlobParts(byteCount: 1, hashes: []) == nil)
        #expect(BlobParts(byteCount: .max, hashes: []) == nil)
        #expect(BlobParts(byteCount: BlobParts.byteCountMax + 1, hashes: []) == nil)
    }

    @Test("FILE-2: opening again removes uploads that were cut and keeps arrivals")
    func reopen() async throws {
        let directory = try TemporaryDirectory()
        let bytes = [UInt8](repeating: 7, count: BlobParts.partByteCount) + [1, 2, 3]
        let parts = try self.parts(of: bytes)
        let blobs = try LocalBlobs(directory: directory.url)
        let upload = try await blobs.upload()
        try await upload.append(bytes)
        let arrival = try await blobs.arrival(of: parts, for: project)
        try await arrival.store([1, 2, 3], part: 1)
        #expect(try self.names(in: directory.url.appendingPathComponent("uploads")).count == 1)

        let again = try LocalBlobs(directory: directory.url)
        #expect(try self.names(in: directory.url.appendingPathComponent("uploads")).isEmpty)
        #expect(try await again.parts(of: parts.digest) == nil)
        let cut = try #require(try await again.cutArrival(of: parts.digest, for: project))
        #expect(await cut.missing == [0])
    }

    @Test("FILE-3: an arrival that was damaged meanwhile asks for that part again")
    func damagedArrival() async throws {
        let directory = try TemporaryDirectory()
        let bytes = [UInt8](repeating: 7, count: BlobParts.partByteCount) + [1, 2, 3]
        let parts = try self.parts(of: bytes)
        let blobs = try LocalBlobs(directory: directory.url)
        let arrival = try await blobs.arrival(of: parts, for: project)
        try await arrival.store(Array(bytes.prefix(BlobParts.partByteCount)), part: 0)
        try await arrival.store([1, 2, 3], part: 1)
        let file = directory.url.appendingPathComponent("arrivals/\(project)-\(parts.digest)")
        try File.open(file.path).truncate(to: UInt64(BlobParts.partByteCount) + 1)
        let cut = try #require(try await blobs.cutArrival(of: parts.digest, for: project))
        #expect(await cut.missing == [1])
        try await cut.store([1, 2, 3], part: 1)
        let content = try await cut.finish()
        #expect(content.contentHash == bytes.withUnsafeBytes { ContentHash(of: $0) })
        #expect(try self.names(in: directory.url.appendingPathComponent("arrivals")).isEmpty)
    }

    @Test("FILE-4: a crash before the file has its name leaves none; after it, a whole one")
    func crashWhileNaming() async throws {
        let directory = try TemporaryDirectory()
        let parts = try self.parts(of: [1, 2, 3])
        let name = parts.digest.description
        let folder = directory.url.appendingPathComponent(String(name.prefix(2)))
        // The parts are written first.
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try File.replace(folder.appendingPathComponent(name + ".parts").path, with: BlobPartsFile.encode(parts))
        let blobs = try LocalBlobs(directory: directory.url)
        #expect(try await blobs.parts(of: parts.digest) == nil)
        let upload = try await blobs.upload()
        try await upload.append([1, 2, 3])
        #expect(try await upload.finish().digest == parts.digest)
        #expect(try await blobs.read(parts.digest, 0..<3) == [1, 2, 3])
    }

    @Test("FILE-5: a damaged list of parts is told")
    func damagedParts() async throws {
        let directory = try TemporaryDirectory()
        let blobs = try LocalBlobs(directory: directory.url)
        let upload = try await blobs.upload()
        try await upload.append([1, 2, 3])
        let digest = try await upload.finish().digest
        let list = directory.url.appendingPathComponent("\(digest.description.prefix(2))/\(digest).parts")
        var bytes = [UInt8](try Data(contentsOf: list))
        bytes[12] ^= 1
        try Data(bytes).write(to: list)
        await #expect(throws: StorageError.self) { try await blobs.parts(of: digest) }
    }
}
