import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Takes in one file of a bundle as it comes, in bounded memory. Until the version is complete it is put aside, and goes with
/// the ingestion.
struct BundleUpload {
    let services: NodeServices
    let project: ProjectID
    let ingestion: IngestionID
    let name: String

    /// - Throws: ``DomainError``; ``PlainFailure`` when there is too much of it.
    func receive(_ request: Request) async throws -> BlobContent {
        let expected = request.headers[.contentLength].flatMap { UInt64($0) }
        if let expected { try self.requireAllowed(expected) }
        try await self.perform(KeepIngestionOpen(project: self.project, id: self.ingestion))
        let upload = try await self.services.blobs.upload()
        let (place, content): (PutAsideID, BlobContent)
        do {
            try await self.take(request.body, into: upload, expected)
            (place, content) = try await upload.putAside()
        } catch {
            await upload.cancel()
            throw error
        }
        try await self.note(content, at: place)
        return content
    }

    private func requireAllowed(_ byteCount: UInt64) throws {
        let limit = self.services.configuration.bundleFileByteCountMax
        guard byteCount <= limit else {
            throw PlainFailure(.contentTooLarge, "A file of a bundle has at most \(limit) bytes.")
        }
    }

    private func take(_ body: RequestBody, into upload: any BlobUpload, _ expected: UInt64?) async throws {
        var byteCount: UInt64 = 0
        var told = self.services.clock()
        for try await piece in body {
            byteCount += UInt64(piece.readableBytes)
            try self.requireAllowed(byteCount)
            try await upload.append(Array(piece.readableBytesView))
            let now = self.services.clock()
            if now >= told + Limits.uploadNewsPause {
                try await self.perform(KeepIngestionOpen(project: self.project, id: self.ingestion))
                told = now
            }
        }
        guard expected.map({ $0 == byteCount }) ?? true else {
            throw DomainError(.userInput, "The file was cut after \(byteCount) bytes.")
        }
    }

    private func note(_ content: BlobContent, at place: PutAsideID) async throws {
        do {
            guard let file = BundleFile(name: self.name, content: content) else {
                throw DomainError(.userInput, "That is no name of a file.")
            }
            let received = IngestionFile(
                project: self.project, ingestion: self.ingestion, file: file, place: place)
            if let replaced = try await self.perform(ReceiveBundleFile(received)) {
                try await self.services.blobs.discard(replaced.place)
            }
        } catch {
            try await self.services.blobs.discard(place)
            throw error
        }
    }

    /// In the name of whoever makes the version, as far as they still may.
    private func perform<C: Command>(_ command: C) async throws -> C.Result {
        let (project, ingestion, now) = (self.project, self.ingestion, self.services.clock())
        return try await self.services.metadata.perform(command, actor: nil) { rows in
            let open = try rows.openIngestion(ingestion, in: project, at: now)
            try ProjectRules.require(.write, on: project, forLinkOf: open.user, rows)
        }
    }
}
