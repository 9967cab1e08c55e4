import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Files that versions are to be made of: sent by signed links, or as forms by older clients.
struct FileRoutes: Sendable {
    private static let warning = HTTPField.Name("Warning") ?? .via

    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        router.put("api/v2/projects/:project/files/:file") { try await self.receive($0, $1) }
        router.post("api/file/:type/:project") { try await self.upload($0, $1) }
        router.post("api/file/:type/:project/:branch") { try await self.upload($0, $1) }
    }

    // MARK: By links

    private func receive(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let query = request.uri.queryParameters
        let project = context.id("project", as: ProjectID.self)
        let file = context.id("file", as: BlobID.self)
        guard let name = query["name"].map(String.init), let user = query["user"].map({ UserID(rawValue: String($0)) })
        else { throw DomainError(.forbidden, "The link is not signed.") }
        let link = Link.sendFile(file, called: name, by: user, in: project)
        try self.services.links.check(request, is: link, at: self.services.clock())
        try await self.services.requireWritable(project)
        let intake = FileIntake(
            blobs: self.services.blobs, byteCountMax: self.services.configuration.fileByteCountMax)
        let (place, content) = try await intake.receive(request)
        do {
            try await self.keep(content, at: place, as: file, called: name, by: user, in: project)
        } catch {
            try await self.services.blobs.discard(place)
            throw error
        }
        try await self.services.blobs.discard(place)
        return .received(content)
    }

    /// Sending the same again changes nothing; what a link brought stays.
    private func keep(
        _ content: BlobContent, at place: PutAsideID, as file: BlobID, called name: String, by user: UserID,
        in project: ProjectID
    ) async throws {
        let present = try await self.services.metadata.store.read { rows in
            try ProjectRules.require(.write, on: project, forLinkOf: user, rows)
            return try rows.blob(file, in: project)
        }
        if present == nil { _ = try await self.services.blobs.keep(place) }
        let blob = try await self.services.metadata.perform(
            AddBlob(project: project, fileName: name, content: content, id: file), actor: user
        ) { rows in
            try ProjectRules.require(.write, on: project, forLinkOf: user, rows)
        }
        guard blob.content == content else {
            throw DomainError(.fileRegistered, "Another file was sent by this link before.")
        }
    }

    // MARK: By forms

    /// The type of file is told by its name; what the path says of it is not looked at.
    private func upload(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.write, context)
        guard let principal = context.principal else { throw PlainFailure(.unauthorized) }
        guard let boundary = request.headers[.contentType].flatMap(MultipartReader.boundary(of:)) else {
            throw BlobRoutes.malformed
        }
        guard let branch = (context.parameters.get("branch") ?? ModelName.main).removingPercentEncoding else {
            throw DomainError(.userInput, "That is no name of a branch.")
        }
        try await self.services.requireWritable(project)
        let model = try await self.services.perform(
            FindOrCreateModel(project: project, name: branch), .write, on: project, by: principal)
        var uploads = BlobUploads(self.services, project: project, principal: principal)
        try await uploads.receive(request.body, boundary: boundary)
        for id in uploads.results.compactMap(\.blobId) {
            _ = try await self.services.perform(
                StartFileImport(project: project, model: model.id, file: BlobID(rawValue: id), entityTag: nil), .write,
                on: project, by: principal)
        }
        var response = try Response.json(["uploadResults": uploads.results], .created)
        response.headers[Self.warning] = #"299 - "Deprecated. Use fileUploadMutations in GraphQL.""#
        return response
    }
}

extension Response {
    /// The answer to whoever sent a file by a link; browsers may read the tag as well.
    static func received(_ content: BlobContent) -> Response {
        Response(
            status: .ok, headers: [.eTag: content.entityTag, .accessControlExposeHeaders: HTTPField.Name.eTag.rawName])
    }
}
