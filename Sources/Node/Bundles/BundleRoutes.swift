import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Versions as bundles of files: an ingestion's files are sent by signed links and become a version as one; a version's files
/// are read by such links.
struct BundleRoutes: Sendable {
    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        let uploads = "api/v2/projects/:project/modelingestion/:ingestion/uploads"
        router.post("\(uploads)/sign") { try await self.sign($0, $1) }
        router.post("\(uploads)/complete") { try await self.complete($0, $1) }
        router.put("\(uploads)/:name") { try await self.receive($0, $1) }
        router.get("api/v2/projects/:project/models/:model/versions/:version/artifacts") {
            try await self.list($0, $1)
        }
        router.get("api/v2/projects/:project/versions/:version/artifacts/:name") { try await self.read($0, $1) }
    }

    // MARK: Making

    private struct SignRequest: Decodable { var files: [String] }

    private struct SignedUpload: Encodable {
        var url: String
        var additionalRequestHeaders: [String: String] = [:]
    }

    private func sign(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let ingestion = try await self.services.openIngestion(context)
        let asked: SignRequest = try await Self.body(of: request)
        guard (1...VersionRoot.fileCountMax).contains(asked.files.count), asked.files.allSatisfy(BundleFile.isName)
        else {
            throw DomainError(
                .userInput, "files must be 1 to \(VersionRoot.fileCountMax) names of files, without directories.")
        }
        var uploads: [String: SignedUpload] = [:]
        for name in asked.files {
            let link = Link.sendBundleFile(name, of: ingestion.id, in: ingestion.project)
            uploads[name] = SignedUpload(url: self.services.uploadURL(link, for: request))
        }
        return try .json(["uploads": uploads])
    }

    private func receive(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let (project, ingestion, name) = (context.project, context.ingestion, try context.fileName())
        let link = Link.sendBundleFile(name, of: ingestion, in: project)
        try self.services.links.check(request, is: link, at: self.services.clock())
        let upload = BundleUpload(services: self.services, project: project, ingestion: ingestion, name: name)
        return .received(try await upload.receive(request))
    }

    private struct CompleteRequest: Decodable {
        var etags: [String: String]
        var rootId: String?
        var totalChildrenCount: Int?
    }

    private func complete(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.write, context)
        let asked: CompleteRequest = try await Self.body(of: request)
        let command = CompleteBundle(
            project: project, id: context.ingestion, entityTags: asked.etags, reference: asked.rootId,
            totalChildrenCount: asked.totalChildrenCount)
        try await self.keepFiles(of: command, context)
        let version = try await self.services.perform(command, .write, on: project, by: context.principal)
        return try .json(["versionId": version.id.rawValue])
    }

    private func keepFiles(of command: CompleteBundle, _ context: NodeRequestContext) async throws {
        guard case .open(_, let files) = try await self.progress(of: command, context) else { return }
        for file in files where try await !self.services.blobs.keep(file.place) {
            // Somebody else completed it meanwhile, or sent the file again.
            if case .done = try await self.progress(of: command, context) { return }
            throw DomainError(.userInput, "The file \(file.file.name) is not here any more: send it again.")
        }
    }

    private func progress(
        of command: CompleteBundle, _ context: NodeRequestContext
    ) async throws -> CompleteBundle.Progress {
        let (actor, now) = (context.principal?.user.id, self.services.clock())
        return try await self.services.metadata.store.read { try command.progress(for: actor, at: now, $0) }
    }

    // MARK: Reading

    private struct Artifact: Encodable {
        var name: String
        var url: String
    }

    /// The model is not looked at: a version may have been moved since somebody was told where it is.
    private func list(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.read, context)
        let version = context.version
        let files = try await self.files(of: version, in: project)
        return try .json([
            "files": files.map { file in
                let link = Link.readBundleFile(file.name, of: version, in: project)
                return Artifact(name: file.name, url: self.services.downloadURL(link, for: request))
            }
        ])
    }

    private func read(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let (project, version, name) = (context.project, context.version, try context.fileName())
        let link = Link.readBundleFile(name, of: version, in: project)
        try self.services.links.check(request, is: link, at: self.services.clock())
        guard let file = try await self.files(of: version, in: project).first(where: { $0.isNamed(name) }) else {
            throw DomainError(.notFound, "The version has no such file.")
        }
        return FileResponse(
            blobs: self.services.blobs, fileName: file.name, content: file.content, isPublic: false
        ).response(to: request)
    }

    /// - Throws: ``DomainError`` when there is no such version, and when it is none of files.
    private func files(of version: VersionID, in project: ProjectID) async throws -> [BundleFile] {
        let root = try await self.services.metadata.store.read { try $0.version(version, in: project)?.root }
        guard let files = root?.files, !files.isEmpty else {
            throw DomainError(.notFound, "There is no such version, or it is not one of files.")
        }
        return files
    }

    // MARK: Parts of requests

    private static func body<Body: Decodable>(of request: Request) async throws -> Body {
        let bytes = try await request.body.collect(upTo: Limits.bundleRequestByteCountMax)
        return try JSONDecoder().decode(Body.self, from: Data(bytes.readableBytesView))
    }
}

extension NodeServices {
    /// The ingestion that a request is about, when whoever asks may send what it is made of.
    ///
    /// - Throws: ``DomainError``, ``PlainFailure``.
    func openIngestion(_ context: NodeRequestContext) async throws -> Ingestion {
        let project = try await self.project(.write, context)
        try await self.requireWritable(project)
        let (ingestion, actor, now) = (context.ingestion, context.principal?.user.id, self.clock())
        return try await self.metadata.store.read { rows in
            let open = try rows.openIngestion(ingestion, in: project, at: now)
            try rows.requireMaker(of: open, actor)
            return open
        }
    }

    func uploadURL(_ link: Link, for request: Request) -> String {
        self.url(link, for: request, lasting: Limits.uploadLinkTime)
    }

    func downloadURL(_ link: Link, for request: Request) -> String {
        self.url(link, for: request, lasting: Limits.downloadLinkTime)
    }

    private func url(_ link: Link, for request: Request, lasting time: Duration) -> String {
        self.configuration.origin(of: request) + self.links.sign(link, until: self.clock() + time)
    }
}

extension NodeRequestContext {
    fileprivate var project: ProjectID { self.id("project") }
    fileprivate var ingestion: IngestionID { self.id("ingestion") }
    fileprivate var version: VersionID { self.id("version") }

    fileprivate func fileName() throws -> String {
        guard let name = self.parameters.get("name")?.removingPercentEncoding, BundleFile.isName(name) else {
            throw DomainError(.userInput, "That is no name of a file.")
        }
        return name
    }
}
