import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Upload and download of objects.
struct ObjectRoutes: Sendable {
    private static let cacheControl = "max-age=31536000, immutable"

    let objects: any ObjectReading & ObjectWriting
    let gzipCache: GzipCache?
    let rights: any ObjectRights

    func addReading(to router: some RouterMethods<NodeRequestContext>) {
        router.get("objects/:project/:object") { try await self.downloadTree($0, $1) }
        router.get("objects/:project/:object/single") { try await self.downloadSingle($0, $1) }
        router.post("api/getobjects/:project") { try await self.download($0, $1) }
        router.post("api/v2/projects/:project/object-stream") { try await self.stream($0, $1) }
    }

    func addWriting(to router: some RouterMethods<NodeRequestContext>) {
        router.post("objects/:project") { try await self.upload($0, $1) }
        router.post("api/diff/:project") { try await self.diff($0, $1) }
    }

    /// The classic routes answer refusals without a text: 404 for what does not exist, 401 for all else.
    private func project(_ action: ProjectRules.Action, _ context: NodeRequestContext) async throws -> ProjectID {
        let project = context.id("project", as: ProjectID.self)
        switch try await self.rights.refusal(of: action, on: project, context) {
        case nil: return project
        case .noSuchProject: throw PlainFailure(.notFound)
        case .notSignedIn, .missingScope, .missingRole, .limitedToken: throw PlainFailure(.unauthorized)
        }
    }

    private func upload(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.project(.write, context)
        try await self.rights.requireWritable(project)
        guard let boundary = request.headers[.contentType].flatMap(MultipartReader.boundary(of:)) else {
            throw PlainFailure(
                .badRequest, "Failed to parse request headers and body content as valid multipart/form-data.")
        }
        var upload = ObjectUpload(self.objects, project: project)
        let summary = try await upload.receive(request.body, boundary: boundary)
        try await self.rights.uploaded(to: project, summary)
        return Response(status: .created)
    }

    private func object(_ context: NodeRequestContext, in project: ProjectID) async throws -> (ObjectID, [UInt8]) {
        let notFound = PlainFailure(.notFound, "Failed to find object.")
        guard let id = ObjectID(hex: context.parameters.get("object") ?? "") else { throw notFound }
        let plan = try await self.objects.plan([id], in: project)
        defer { withExtendedLifetime(plan.hold) {} }
        guard let read = plan.reads.first else { throw notFound }
        let block = try await self.objects.decode(read.block)
        return (id, Array(block.text(at: read.slots[0])))
    }

    private func downloadSingle(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.project(.read, context)
        let tag = "\"\(context.parameters.get("object") ?? "")\""
        let (_, text) = try await self.object(context, in: project)
        let headers: HTTPFields = [
            .contentType: "application/json; charset=utf-8", .eTag: tag,
            .cacheControl: "\(TokenMiddleware.token(of: request) == nil ? "public" : "private"), \(Self.cacheControl)",
        ]
        if request.headers[.ifNoneMatch]?.contains(tag) ?? false {
            return Response(status: .notModified, headers: headers)
        }
        var line: [UInt8] = []
        ObjectForm.appendSingleLine(text, to: &line)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: line)))
    }

    private func downloadTree(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.project(.read, context)
        let root = try await self.object(context, in: project)
        var scanner = ObjectScanner()
        let closure = try root.1.withUnsafeBytes { try scanner.scan($0) }.closure
        let plan = try await self.objects.plan(closure.filter { $0 != root.0 }, in: project)
        return self.answer(request, mask: nil).response(plan, first: root)
    }

    private func download(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.project(.read, context)
        let list = try await ObjectListRequest.objects(request)
        let plan = try await self.objects.plan(list.ids, in: project)
        return self.answer(request, mask: nil).response(plan)
    }

    private func stream(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = context.id("project", as: ProjectID.self)
        switch try await self.rights.refusal(of: .read, on: project, context) {
        case nil: break
        case .noSuchProject: return try .json(["error": "Project not found."], .notFound)
        case .notSignedIn: return try .json(["error": "You are not signed in."], .unauthorized)
        case .missingScope, .missingRole, .limitedToken:
            return try .json(["error": "You may not read this project."], .forbidden)
        }
        let list = try await ObjectListRequest.objectStream(request)
        let plan = try await self.objects.plan(list.ids, in: project)
        let download = ObjectDownload(
            objects: self.objects, gzipCache: self.gzipCache, form: .lines, mask: list.mask,
            coding: ContentCoding(accepted: request.headers))
        return download.response(plan)
    }

    private func diff(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.project(.write, context)
        let list = try await ObjectListRequest.objects(request)
        let missing = Set(try await self.objects.missing(from: list.ids, in: project))
        let known = list.names.map { name in
            (name, ObjectID(hex: name).map { !missing.contains($0) } ?? false)
        }
        return try .json(Dictionary(known, uniquingKeysWith: { first, _ in first }))
    }

    private func answer(_ request: Request, mask: PropertyMask?) -> ObjectDownload {
        ObjectDownload(
            objects: self.objects, gzipCache: self.gzipCache,
            form: request.headers[.accept] == "text/plain" ? .lines : .array, mask: mask,
            coding: ContentCoding(accepted: request.headers))
    }
}
