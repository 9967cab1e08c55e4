import Hummingbird
import ObjectModel
import Storage

/// Takes in one file of a bundle as it comes, in bounded memory. Until the version is complete it is put aside, and goes with
/// the ingestion.
struct BundleUpload {
    let services: NodeServices
    let project: ProjectID
    let ingestion: IngestionID
    let name: String

    /// - Throws: as ``FileIntake/receive(_:received:)``.
    func receive(_ request: Request) async throws -> BlobContent {
        try await self.keepOpen()
        let intake = FileIntake(
            blobs: self.services.blobs, byteCountMax: self.services.configuration.bundleFileByteCountMax)
        var told = self.services.clock()
        let (place, content) = try await intake.receive(request) {
            let now = self.services.clock()
            guard now >= told + Limits.uploadNewsPause else { return }
            try await self.keepOpen()
            told = now
        }
        try await self.note(content, at: place)
        return content
    }

    private func keepOpen() async throws {
        try await self.perform(KeepIngestionOpen(project: self.project, id: self.ingestion))
    }

    private func note(_ content: BlobContent, at place: PutAsideID) async throws {
        let replaced: IngestionFile?
        do {
            guard let file = BundleFile(name: self.name, content: content) else {
                throw DomainError(.userInput, "That is no name of a file.")
            }
            let received = IngestionFile(
                project: self.project, ingestion: self.ingestion, file: file, place: place)
            replaced = try await self.perform(ReceiveBundleFile(received))
        } catch {
            try await self.services.blobs.discard(place)
            throw error
        }
        // Nothing names it any more: if this fails it is forgotten with all that nobody needs.
        if let replaced { try? await self.services.blobs.discard(replaced.place) }
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
