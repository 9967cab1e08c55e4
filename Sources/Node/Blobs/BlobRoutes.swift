import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Upload and download of files.
struct BlobRoutes: Sendable {
    static let malformed = PlainFailure(.badRequest, "The body must be multipart/form-data with files.")
    /// Bytes that are read from the store at a time.
    private static let pieceByteCount: UInt64 = 1 << 20
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
        let id = BlobID(rawValue: context.parameters.get("blob") ?? "")
        guard let blob = try await self.services.metadata.store.read({ try $0.blob(id, in: project) }) else {
            throw DomainError(.notFound, "The requested blob doesn't exist")
        }
        return blob
    }

    private func download(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let blob = try await self.blob(context, in: try await self.services.project(.read, context))
        let tag = "\"\(blob.contentHash)\""
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .eTag: tag, .acceptRanges: "bytes",
            .cacheControl: "\(context.principal == nil ? "public" : "private"), max-age=31536000, immutable",
            .contentDisposition: Self.disposition(blob.fileName),
        ]
        if let policy = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[policy] = "cross-origin" }
        if request.headers[.ifNoneMatch]?.contains(tag) ?? false {
            return Response(status: .notModified, headers: headers)
        }
        let isCurrent = request.headers[.ifRange].map { $0 == tag } ?? true
        switch isCurrent ? ByteRange(request.headers[.range], of: blob.byteCount) : .whole {
        case .whole:
            return Response(status: .ok, headers: headers, body: self.body(blob, 0..<blob.byteCount))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(blob.byteCount)"
            return Response(status: .partialContent, headers: headers, body: self.body(blob, range))
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(blob.byteCount)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    private func body(_ blob: Blob, _ range: Range<UInt64>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let end = min(position + Self.pieceByteCount, range.upperBound)
                try await writer.write(ByteBuffer(bytes: self.services.blobs.read(blob.digest, position..<end)))
                position = end
            }
            try await writer.finish(nil)
        }
    }

    /// The name in ASCII for old clients, and as it is (RFC 6266, RFC 8187).
    static func disposition(_ name: String) -> String {
        let plain = name.map { character -> Character in
            character.isASCII && !character.isNewline && !"\"\\%".contains(character)
                && character.asciiValue.map { $0 >= 0x20 && $0 < 0x7F } ?? false ? character : "_"
        }
        let unreserved = CharacterSet(charactersIn: "-._~").union(
            CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "A"..."Z")).union(
                CharacterSet(charactersIn: "0"..."9")))
        let encoded = name.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
        return "attachment; filename=\"\(String(plain))\"; filename*=UTF-8''\(encoded)"
    }

    private func delete(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.comment, context)
        let blob = try await self.blob(context, in: project)
        let principal = context.principal
        // Whoever may add files may take back their own; those of others take the right to write.
        let isOwn = principal != nil && principal?.user.id == blob.author
        try await self.services.metadata.perform(
            DeleteBlob(project: project, id: blob.id), actor: principal?.user.id
        ) { rows in
            try ProjectRules.require(isOwn ? .comment : .write, on: project, for: principal, rows)
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
