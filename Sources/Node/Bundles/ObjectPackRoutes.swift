import Foundation
import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// Versions of objects that come as one file by a signed link, before clients sent bundles.
struct ObjectPackRoutes: Sendable {
    /// What the file is called among those of the ingestion.
    private static let name = "objects.gz"

    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        let uploads = "api/v1/projects/:project/modelingestion/:ingestion/uploads"
        router.post("\(uploads)/sign") { try await self.sign($0, $1) }
        router.post("\(uploads)/process") { try await self.process($0, $1) }
    }

    private struct SignedUpload: Encodable {
        var url: String
        var key: String
        var additionalRequestHeaders: [String: String] = [:]
    }

    private func sign(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let ingestion = try await self.services.openIngestion(context)
        let link = Link.sendBundleFile(Self.name, of: ingestion.id, in: ingestion.project)
        return try .json(SignedUpload(url: self.services.uploadURL(link, for: request), key: Self.name))
    }

    private struct ProcessRequest: Decodable { var etag: String }

    /// Answers once the version is there.
    private func process(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let ingestion = try await self.services.openIngestion(context)
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let asked = try JSONDecoder().decode(ProcessRequest.self, from: Data(body.readableBytesView))
        let file = try await self.services.metadata.store.read { rows in
            try rows.files(of: ingestion.id, in: ingestion.project).first { $0.file.isNamed(Self.name) }
        }
        guard let file, file.file.content.entityTag == asked.etag else {
            throw DomainError(.userInput, "The file is not the one that was sent: its ETag differs.")
        }
        let pack = ObjectPack(blobs: self.services.blobs, objects: self.services.objects)
        let (root, summary) = try await pack.ingest(file)
        if summary.addedCount > 0 { self.services.changes.announce(ingestion.project) }
        let command = CompleteIngestion(
            project: ingestion.project, id: ingestion.id, rootObject: root, message: nil)
        let completed = try await self.services.perform(
            command, .write, on: ingestion.project, by: context.principal)
        return try .json(["versionId": completed.version.rawValue])
    }
}
