import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Takes in the files of one multipart form, each as it comes, in bounded memory.
struct BlobUploads {
    /// What clients are told of one file.
    struct Result: Encodable {
        var blobId: String?
        var fileName: String
        var fileSize: UInt64?
        /// 1 stored, 2 refused.
        var uploadStatus: Int
        var uploadError: String?
        var formKey: String
    }

    private static let failedStatus = 2
    private static let hashPrefix = "hash:"

    private struct Part {
        var formKey: String
        var fileName: String
        var upload: any BlobUpload
        var byteCount: UInt64 = 0
        var isTooLong = false
    }

    let services: NodeServices
    let project: ProjectID
    let principal: Principal
    private(set) var results: [Result] = []
    private var part: Part?

    init(_ services: NodeServices, project: ProjectID, principal: Principal) {
        self.services = services
        self.project = project
        self.principal = principal
    }

    /// - Throws: ``PlainFailure`` for a form that cannot be read; files before the fault are kept.
    mutating func receive(_ body: RequestBody, boundary: String) async throws {
        do {
            try await self.readForm(body, boundary: boundary)
        } catch {
            await self.part?.upload.cancel()
            throw error
        }
    }

    private mutating func readForm(_ body: RequestBody, boundary: String) async throws {
        var reader = MultipartReader(boundary: boundary)
        do {
            for try await piece in body {
                reader.append(piece)
                while let event = try reader.next() { try await self.handle(event) }
            }
            try reader.finish()
        } catch is MultipartError {
            throw BlobRoutes.malformed
        }
    }

    private mutating func handle(_ event: MultipartReader.Event) async throws {
        switch event {
        case .began(let head):
            // A part without a file name is a plain field of the form.
            guard let fileName = head.filename else { return }
            guard self.results.count < Limits.uploadPartCountMax else { throw BlobRoutes.malformed }
            self.part = Part(
                formKey: head.name ?? "", fileName: fileName, upload: try await self.services.blobs.upload())
        case .bytes(let bytes): try await self.take(bytes)
        case .ended: try await self.finish()
        }
    }

    private mutating func take(_ bytes: ByteBuffer) async throws {
        guard var part = self.part, !part.isTooLong else { return }
        part.byteCount += UInt64(bytes.readableBytes)
        part.isTooLong = part.byteCount > self.services.configuration.fileByteCountMax
        if part.isTooLong {
            await part.upload.cancel()
        } else {
            try await part.upload.append(Array(bytes.readableBytesView))
        }
        self.part = part
    }

    private mutating func finish() async throws {
        guard let part = self.part else { return }
        self.part = nil
        guard !part.isTooLong else {
            return self.results.append(
                Result(
                    fileName: part.fileName, uploadStatus: Self.failedStatus, uploadError: "File size limit reached",
                    formKey: part.formKey))
        }
        let content = try await part.upload.finish()
        let command = AddBlob(
            project: self.project, fileName: part.fileName, content: content,
            id: Self.id(formKey: part.formKey, content))
        let blob = try await self.services.metadata.perform(command, actor: self.principal.user.id) { [self] rows in
            try ProjectRules.require(.comment, on: self.project, for: self.principal, rows)
        }
        self.results.append(
            Result(
                blobId: blob.id.rawValue, fileName: blob.fileName, fileSize: blob.byteCount, uploadStatus: 1,
                formKey: part.formKey))
    }

    /// Clients that send `hash:` and the SHA-256 of a file find it again under that: it is asked for by `diff`.
    private static func id(formKey: String, _ content: BlobContent) -> BlobID? {
        guard formKey.hasPrefix(self.hashPrefix) else { return nil }
        let hash = formKey.dropFirst(self.hashPrefix.count).lowercased()
        return hash == content.contentHash.description ? BlobID(rawValue: hash) : nil
    }
}
