import Foundation
import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// Upload and download of files.
struct BlobRoutes: Sendable {
    static let malformed = PlainFailure(.badRequest, "The body must be multipart/form-data with files.")
    private static let pageItemCountMax = 25

    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        router.post("api/stream/:project/blob") { try await self.upload($0, $1) }
        router.post("api/stream/:project/blob/diff") { try await self.diff($0, $1) }
        router.get("api/stream/:project/blob/:blob") { try await self.download($0, $1) }
        router.delete("api/stream/:project/blob/:blob") { try await self.delete($0, $1) }
        router.get("api/stream/:project/blobs") { try await self.list($0, $1) }
        router.delete("api/stream/:project/blobs") { _, _ in
            try Response.json(["error": "Deleting all files of a project is not offered."], .notImplemented)
        }
    }

    private func upload(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.comment, context)
        guard let principal = context.principal else { throw PlainFailure(.unauthorized) }
        try await self.services.requireWritable(project)
        guard let boundary = request.headers[.contentType].flatMap(MultipartReader.boundary(of:)) else {
            throw Self.malformed
        }
        var uploads = BlobUploads(self.services, project: project, principal: principal)
        try await uploads.receive(request.body, boundary: boundary)
        return try .json(["uploadResults": uploads.results], .created)
    }

    private func diff(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.read, context)
        let body = try await request.body.collect(upTo: Limits.idListByteCountMax)
        let ids = try JSONDecoder().decode([String].self, from: Data(body.readableBytesView))
        let missing = try await self.services.metadata.store.read { rows in
            try ids.filter { try rows.blob(BlobID(rawValue: $0), in: project) == nil }
        }
        return try .json(missing)
    }

    private func blob(_ context: NodeRequestContext, in project: ProjectID) async throws -> Blob {
        let id = context.id("blob", as: BlobID.self)
        guard let blob = try await self.services.metadata.store.read({ try $0.blob(id, in: project) }) else {
            throw DomainError(.notFound, "The requested blob doesn't exist")
        }
        return blob
    }

    private func download(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let blob = try await self.blob(context, in: try await self.services.project(.read, context))
        return FileResponse(
            blobs: self.services.blobs, fileName: blob.fileName, content: blob.content,
            isPublic: context.principal == nil
        ).response(to: request)
    }

    private func delete(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.comment, context)
        let blob = try await self.blob(context, in: project)
        let principal = context.principal
        try await self.services.metadata.perform(
            DeleteBlob(project: project, id: blob.id), actor: principal?.user.id
        ) { rows in
            try ProjectRules.require(.removeFile, on: .file(blob.id), in: project, for: principal, rows)
        }
        return Response(status: .noContent)
    }

    private struct Item: Encodable {
        var id: String
        var streamId: String
        var userId: String?
        var fileName: String
        var fileType: String
        var fileSize: UInt64
        var fileHash: String
        var uploadStatus = 1
        var createdAt: String
    }

    private struct List: Encodable {
        var blobs: [Item]
        var cursor: String?
    }

    private func list(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.read, context)
        let query = request.uri.queryParameters
        let after = try query["cursor"].map { try Page.key(String($0)) }
        let blobs = try await self.services.metadata.store.read { rows in
            try rows.blobs(
                in: project, named: query["fileName"].map(String.init), after: after, limit: Self.pageItemCountMax)
        }
        let items = blobs.map { blob in
            Item(
                id: blob.id.rawValue, streamId: project.rawValue, userId: blob.author?.rawValue,
                fileName: blob.fileName, fileType: blob.fileType, fileSize: blob.byteCount,
                fileHash: blob.contentHash.description, createdAt: blob.createdAt.iso8601)
        }
        return try .json(
            List(blobs: items, cursor: blobs.last.map { Page.cursor($0.createdAt, $0.id.rawValue) }))
    }
}
