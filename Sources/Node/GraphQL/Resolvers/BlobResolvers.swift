import GraphQL
import ObjectModel
import Storage

/// The files of projects.
enum BlobResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(BlobsSource.self) { field in
            field("totalCount") { source, _, _ in source.totals.count }
            field("totalSize") { source, _, _ in Int(Int32(clamping: source.totals.byteCount)) }
            field("cursor") { source, _, _ in
                source.blobs.last.map { Page.cursor($0.createdAt, $0.id.rawValue) }
            }
            field("items") { source, _, _ in source.blobs.map(BlobSource.init) }
        }
        map.type(BlobSource.self) { field in
            field("id") { source, _, _ in source.blob.id.rawValue }
            field("streamId") { source, _, _ in source.blob.project.rawValue }
            field("userId") { source, _, _ in source.blob.author?.rawValue ?? "" }
            field("fileName") { source, _, _ in source.blob.fileName }
            field("fileType") { source, _, _ in source.blob.fileType }
            field("fileHash") { source, _, _ in source.blob.contentHash.description }
            field("fileSize") { source, _, _ in Int32(exactly: source.blob.byteCount).map(Int.init) }
            field("uploadStatus") { _, _, _ in 1 }
            field("uploadError") { _, _, _ in nil as String? }
            field("createdAt") { source, _, _ in source.blob.createdAt.iso8601 }
        }
    }

    static func blob(_ id: BlobID, in project: ProjectID, _ context: APIContext) async throws -> BlobSource? {
        try await context.read(project) { try $0.blob(id, in: project) }.map(BlobSource.init)
    }

    static func blobs(
        of project: ProjectID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> BlobsSource {
        let page = try Page(arguments)
        let text = arguments["query"]?.string
        return try await context.read(project) { rows in
            BlobsSource(
                blobs: try rows.blobs(in: project, named: text, after: page.after, limit: page.limit),
                totals: try rows.blobTotals(in: project, named: text))
        }
    }
}
