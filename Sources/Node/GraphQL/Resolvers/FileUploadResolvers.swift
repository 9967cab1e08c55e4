import GraphQL
import ObjectModel
import Storage

/// Files that versions are made of. Each is the ingestion that makes something of it, as older clients know that.
enum FileUploadResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        self.addMutations(to: &map)
        self.addLists(to: &map)
        self.addUpload(to: &map)
        self.addSubscriptions(to: &map)
    }

    // MARK: Mutations

    private static func addMutations(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("fileUploadMutations") { _, _, _ in FileUploadMutations() }
        }
        map.type(FileUploadMutations.self) { field in
            field("generateUploadUrl") { _, arguments, context in
                try await self.uploadLink(try Input(arguments), context)
            }
            field("startFileImport") { _, arguments, context in
                FileUploadSource(try await self.start(try Input(arguments), context))
            }
            field("startFileIngestion") { _, arguments, context in
                IngestionSource(ingestion: try await self.start(try Input(arguments), context))
            }
            field("finishFileImport") { _, arguments, context in
                let input = try Input(arguments)
                let command = FinishFileImport(
                    project: try input.id("projectId"), file: try input.id("jobId"), try self.outcome(input))
                _ = try await context.perform(command, .write, on: command.project)
                return true
            }
        }
        map.type(UploadLink.self) { field in
            field("url") { source, _, _ in source.url }
            field("fileId") { source, _, _ in source.file.rawValue }
        }
    }

    private static func uploadLink(_ input: Input, _ context: APIContext) async throws -> UploadLink {
        let (project, name): (ProjectID, String) = (try input.id("projectId"), try input.require("fileName"))
        guard BundleFile.isName(name) else {
            throw DomainError(.userInput, "fileName must be the name of a file, without directories.")
        }
        let (services, principal) = (context.services, context.principal)
        let file = try await context.read { rows in
            try ProjectRules.require(.write, on: project, for: principal, rows)
            while true {
                let id = BlobID.random()
                if try rows.blob(id, in: project) == nil { return id }
            }
        }
        let user = try context.requirePrincipal().user.id
        let link = Link.sendFile(file, called: name, by: user, in: project)
        let end = services.clock() + Limits.uploadLinkTime
        return UploadLink(url: context.origin + services.links.sign(link, until: end), file: file)
    }

    private static func start(_ input: Input, _ context: APIContext) async throws -> Ingestion {
        let command = StartFileImport(
            project: try input.id("projectId"), model: try input.id("modelId"), file: try input.id("fileId"),
            entityTag: try input.require("etag"))
        return try await context.perform(command, .write, on: command.project)
    }

    private static func outcome(_ input: Input) throws -> FinishFileImport.Outcome {
        guard input.string("status") == "success" else {
            return .failure(reason: input.string("reason") ?? "The importer gave no reason.")
        }
        guard let version = input.object("result")?["versionId"]?.string else {
            throw DomainError(.importResult, "A finished import has a version.")
        }
        return .version(VersionID(rawValue: version))
    }

    // MARK: Lists

    private static func addLists(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("pendingImportedModels") { _, _, _ in [] as [FileUploadSource] }
        }
        map.type(ModelSource.self) { field in
            field("uploads") { source, arguments, context in
                try await self.uploads(of: source.model, arguments["input"]?.object ?? [:], context)
            }
            field("pendingImportedVersions") { source, arguments, context in
                let filter = FileIngestionFilter(model: source.model.id, onlyOpen: true)
                return try await self.all(in: source.model.project, filter, limit: Page(arguments).limit, context)
            }
        }
        map.type(StreamSource.self) { field in
            field("fileUploads") { source, _, context in
                try await context.require(.read, on: source.project.id)
                return try await self.all(in: source.project.id, .init(), limit: Limits.pageItemCountMax, context)
            }
            field("fileUpload") { source, arguments, context in
                let file = arguments.id(as: BlobID.self)
                return try await context.read(source.project.id) { try $0.ingestion(of: file, in: source.project.id) }
                    .map { FileUploadSource($0) }
            }
        }
        map.type(FileUploadsSource.self) { field in field.addListing(\.listing) { FileUploadSource($0) } }
    }

    private static func all(
        in project: ProjectID, _ filter: FileIngestionFilter, limit: Int, _ context: APIContext
    ) async throws -> [FileUploadSource] {
        try await context.read { try $0.ingestionsOfFiles(in: project, filter: filter, after: nil, limit: limit) }
            .map { FileUploadSource($0) }
    }

    private static func uploads(
        of model: Model, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> FileUploadsSource {
        let (page, filter) = (try Page(arguments), FileIngestionFilter(model: model.id))
        return try await context.read { rows in
            let items = try rows.ingestionsOfFiles(
                in: model.project, filter: filter, after: page.after, limit: page.limit)
            return FileUploadsSource(
                listing: Listing(
                    items: items, totalCount: try rows.countOfFileIngestions(in: model.project, filter: filter)
                ) { ($0.createdAt, $0.id.rawValue) })
        }
    }

    // MARK: Fields

    private static func addUpload(to map: inout ResolverMap<APIContext>) {
        map.type(FileUploadSource.self) { field in
            field("id") { source, _, _ in source.file?.id.rawValue }
            for name in ["projectId", "streamId"] {
                field(name) { source, _, _ in source.ingestion.project.rawValue }
            }
            for name in ["modelName", "branchName"] {
                field.together(name) { sources, _, context in
                    let models = try await self.models(of: sources, context)
                    return zip(sources, models).map { $1?.name ?? $0.file?.modelName }
                }
            }
            for name in ["convertedCommitId", "convertedVersionId"] {
                field(name) { source, _, _ in source.version?.rawValue }
            }
            field("userId") { source, _, _ in source.ingestion.user.rawValue }
            field("convertedStatus") { source, _, _ in source.status }
            field("convertedMessage") { source, _, _ in source.message }
            field("fileName") { source, _, _ in source.file?.name }
            field("fileType") { source, _, _ in source.file?.type }
            field("fileSize") { source, _, _ in source.file.map { Int(Int32(clamping: $0.byteCount)) } }
            field("uploadComplete") { _, _, _ in true }
            field("uploadDate") { source, _, _ in source.ingestion.createdAt.iso8601 }
            for name in ["convertedLastUpdate", "updatedAt"] {
                field(name) { source, _, _ in source.ingestion.updatedAt.iso8601 }
            }
            field.together("model") { sources, _, context in
                try await self.models(of: sources, context).map { $0.map(ModelSource.init) }
            }
            field("modelId") { source, _, _ in source.ingestion.model.rawValue }
        }
    }

    private static func models(of sources: [FileUploadSource], _ context: APIContext) async throws -> [Model?] {
        try await context.read { rows in
            let models = try Dictionary(grouping: sources.map(\.ingestion), by: \.project).map { project, imports in
                (project, try rows.models(Set(imports.map(\.model)), in: project))
            }
            let found = Dictionary(uniqueKeysWithValues: models)
            return sources.map { found[$0.ingestion.project]?[$0.ingestion.model] }
        }
    }

    // MARK: Subscriptions

    private static func addSubscriptions(to map: inout ResolverMap<APIContext>) {
        map.subscription("projectPendingVersionsUpdated") { arguments, context in
            try await self.updates(arguments, context, as: PendingVersionsUpdated.self)
        }
        map.subscription("projectFileImportUpdated") { arguments, context in
            try await self.updates(arguments, context, as: FileImportUpdated.self)
        }
        map.subscription("projectPendingModelsUpdated") { arguments, context in
            try await Watch(context).occurrences(in: arguments.id()) { _, _, _ in
                nil as FileUploadMessage<PendingModelsUpdated>?
            }
        }
        self.addMessage(PendingVersionsUpdated.self, "version", to: &map)
        self.addMessage(PendingModelsUpdated.self, "model", to: &map)
        self.addMessage(FileImportUpdated.self, "upload", to: &map)
    }

    private static func updates<Kind: EventMessageType>(
        _ arguments: GraphQLObject, _ context: APIContext, as kind: Kind.Type
    ) async throws -> Occurrences<APIContext> {
        try await Watch(context).occurrences(in: arguments.id()) { event, project, context in
            guard case .ingestion(let id, _) = event.subject,
                let ingestion = try await context.read({ try $0.ingestion(id, in: project) }), ingestion.file != nil
            else { return nil }
            return FileUploadMessage<Kind>(upload: FileUploadSource(ingestion), isNew: event.change == .created)
        }
    }

    private static func addMessage<Kind: EventMessageType>(
        _ kind: Kind.Type, _ upload: String, to map: inout ResolverMap<APIContext>
    ) {
        map.type(FileUploadMessage<Kind>.self) { field in
            field("type") { message, _, _ in message.isNew ? "CREATED" : "UPDATED" }
            field("id") { message, _, _ in message.upload.file?.id.rawValue }
            field(upload) { message, _, _ in message.upload }
        }
    }
}

struct FileUploadMutations: ObjectSource { static let typeName = "FileUploadMutations" }

private struct UploadLink: ObjectSource {
    static let typeName = "GenerateFileUploadUrlOutput"
    let url: String
    let file: BlobID
}

private struct FileUploadsSource: ObjectSource {
    static let typeName = "FileUploadCollection"
    let listing: Listing<Ingestion>
}

private struct FileUploadSource: ObjectSource {
    static let typeName = "FileUpload"
    let ingestion: Ingestion

    init(_ ingestion: Ingestion) { self.ingestion = ingestion }

    var file: Ingestion.File? { self.ingestion.file }

    var version: VersionID? {
        guard case .success(let version) = self.ingestion.state else { return nil }
        return version
    }

    var status: Int {
        switch self.ingestion.state {
        case .queued: 0
        case .processing: 1
        case .success: 2
        case .failed, .cancelled, .timedOut: 3
        }
    }

    var message: String? {
        switch self.ingestion.state {
        case .queued, .processing, .success: nil
        case .failed(let reason, _): reason
        case .cancelled(let message): message
        case .timedOut: self.ingestion.timeoutMessage
        }
    }
}

private enum PendingVersionsUpdated: EventMessageType { static let typeName = "ProjectPendingVersionsUpdatedMessage" }
private enum PendingModelsUpdated: EventMessageType { static let typeName = "ProjectPendingModelsUpdatedMessage" }
private enum FileImportUpdated: EventMessageType { static let typeName = "ProjectFileImportUpdatedMessage" }

private struct FileUploadMessage<Kind: EventMessageType>: ObjectSource {
    static var typeName: String { Kind.typeName }
    let upload: FileUploadSource
    let isNew: Bool
}
