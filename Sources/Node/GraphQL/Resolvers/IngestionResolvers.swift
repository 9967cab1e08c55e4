import GraphQL
import ObjectModel
import Storage

/// Versions in the making.
enum IngestionResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("ingestion") { source, arguments, context in
                try await self.ingestion(arguments.id(), in: source.project.id, context)
            }
        }
        map.type(ModelPermissions.self) { field in
            field.addCheck("canCreateIngestion", of: .write, on: \.model.project)
        }
        map.type(ProjectMutations.self) { field in
            field("modelIngestionMutations") { _, _, _ in ModelIngestionMutations() }
        }
        self.addMutations(to: &map)
        self.addIngestion(to: &map)
        self.addSubscription(to: &map)
    }

    private static func ingestion(
        _ id: IngestionID, in project: ProjectID, _ context: APIContext
    ) async throws -> IngestionSource {
        guard let ingestion = try await context.read(project, { try $0.ingestion(id, in: project) }) else {
            throw DomainError(.notFound, "There is no such ingestion.")
        }
        return IngestionSource(ingestion: ingestion)
    }

    // MARK: Mutations

    private static func addMutations(to map: inout ResolverMap<APIContext>) {
        map.type(ModelIngestionMutations.self) { field in
            field("create") { _, arguments, context in
                let input = try Input(arguments)
                let command = CreateIngestion(
                    project: try input.id("projectId"), model: try input.id("modelId"),
                    message: try input.require("progressMessage"), source: try Ingestion.Source(input),
                    idleSeconds: input.int("maxIdleTimeoutSeconds"))
                return IngestionSource(ingestion: try await context.perform(command, .write, on: command.project))
            }
            field("startProcessing") { _, arguments, context in
                try await self.change(arguments, context) {
                    .start(message: try $0.require("progressMessage"), try Ingestion.Source($0))
                }
            }
            field("requeue") { _, arguments, context in
                try await self.change(arguments, context) { .requeue(message: try $0.require("progressMessage")) }
            }
            field("updateProgress") { _, arguments, context in
                try await self.change(arguments, context) {
                    .progress(message: try $0.require("progressMessage"), $0.double("progress"))
                }
            }
            field("failWithError") { _, arguments, context in
                try await self.change(arguments, context) {
                    .fail(reason: try $0.require("errorReason"), stacktrace: $0.string("errorStacktrace"))
                }
            }
            field("failWithCancel") { _, arguments, context in
                try await self.change(arguments, context) { .cancel(message: try $0.require("cancellationMessage")) }
            }
            field("requestCancellation") { _, arguments, context in
                try await self.change(arguments, context) { _ in .requestCancellation }
            }
            field("completeWithVersion") { _, arguments, context in
                try await context.count(.createVersion)
                let input = try Input(arguments)
                guard let root = ObjectID(hex: try input.require("rootObjectId")) else {
                    throw DomainError(.versionCreate, "Failed to create version: that is no object id.")
                }
                let command = CompleteIngestion(
                    project: try input.id("projectId"), id: try input.id("ingestionId"), rootObject: root,
                    message: input.string("versionMessage"))
                return IngestionSource(ingestion: try await context.perform(command, .write, on: command.project))
            }
        }
    }

    private static func change(
        _ arguments: GraphQLObject, _ context: APIContext, _ change: (Input) throws -> ChangeIngestion.Change
    ) async throws -> IngestionSource {
        let input = try Input(arguments)
        let command = ChangeIngestion(
            project: try input.id("projectId"), id: try input.id("ingestionId"), try change(input))
        return IngestionSource(ingestion: try await context.perform(command, .write, on: command.project))
    }

    // MARK: Fields

    private static func addIngestion(to map: inout ResolverMap<APIContext>) {
        map.type(IngestionSource.self) { field in
            field("id") { source, _, _ in source.ingestion.id.rawValue }
            field("createdAt") { source, _, _ in source.ingestion.createdAt.iso8601 }
            field("updatedAt") { source, _, _ in source.ingestion.updatedAt.iso8601 }
            field("modelId") { source, _, _ in source.ingestion.model.rawValue }
            field("projectId") { source, _, _ in source.ingestion.project.rawValue }
            field("userId") { source, _, _ in source.ingestion.user.rawValue }
            field("cancellationRequested") { source, _, _ in source.ingestion.isCancellationRequested }
            field("versionId") { source, _, _ in source.ingestion.version.rawValue }
            field("statusData") { source, _, _ in self.status(of: source.ingestion) }
        }
        map.type(QueuedStatus.self) { field in
            field("status") { _, _, _ in "queued" }
            field("progressMessage") { source, _, _ in source.message }
        }
        map.type(ProcessingStatus.self) { field in
            field("status") { _, _, _ in "processing" }
            field("progressMessage") { source, _, _ in source.message }
            field("progress") { source, _, _ in source.progress }
        }
        map.type(SuccessStatus.self) { field in
            field("status") { _, _, _ in "success" }
            field("versionId") { source, _, _ in source.version.rawValue }
        }
        map.type(FailedStatus.self) { field in
            field("status") { _, _, _ in "failed" }
            field("errorReason") { source, _, _ in source.reason }
            field("errorStacktrace") { source, _, _ in source.stacktrace }
        }
        map.type(CancelledStatus.self) { field in
            field("status") { _, _, _ in "cancelled" }
            field("cancellationMessage") { source, _, _ in source.message }
        }
    }

    private static func status(of ingestion: Ingestion) -> Resolved {
        switch ingestion.state {
        case .queued(let message): QueuedStatus(message: message).resolved
        case .processing(let message, let progress): ProcessingStatus(message: message, progress: progress).resolved
        case .success(let version): SuccessStatus(version: version).resolved
        case .failed(let reason, let stacktrace):
            FailedStatus(reason: reason, stacktrace: stacktrace).resolved
        case .cancelled(let message): CancelledStatus(message: message).resolved
        case .timedOut:
            // specklepy does not know the status timeout, and fails on it.
            FailedStatus(reason: ingestion.timeoutMessage, stacktrace: nil).resolved
        }
    }

    // MARK: Subscription

    private static func addSubscription(to map: inout ResolverMap<APIContext>) {
        map.subscription("projectModelIngestionUpdated") { arguments, context in
            let input = try Input(arguments)
            let reference = Input(item: arguments["input"]?.object?["ingestionReference"]?.object ?? [:])
            let (id, model) = (reference.string("ingestionId"), reference.string("modelId"))
            let kind = input.string("messageType")
            return try await Watch(context).occurrences(in: try input.id("projectId")) { event, project, _ in
                guard let message = IngestionMessage(event, in: project), kind == nil || kind == message.kind,
                    id == nil || id == message.ingestion.rawValue, model == nil || model == message.model.rawValue
                else { return nil }
                return message
            }
        }
        map.type(IngestionMessage.self) { field in
            field("type") { message, _, _ in message.kind }
            field("modelIngestion") { message, _, context in
                try await self.ingestion(message.ingestion, in: message.project, context)
            }
        }
    }
}

extension Ingestion {
    /// What is told of one that timed out.
    var timeoutMessage: String { "Nothing was heard of it for \(self.idleSecondsMax) seconds." }
}

extension Ingestion.Source {
    fileprivate init(_ input: Input) throws {
        let source = Input(item: input.object("sourceData") ?? [:])
        self.init(
            application: try source.require("sourceApplicationSlug"),
            applicationVersion: try source.require("sourceApplicationVersion"), fileName: source.string("fileName"),
            fileByteCount: try source.bigInt("fileSizeBytes"))
    }
}

struct ModelIngestionMutations: ObjectSource { static let typeName = "ModelIngestionMutations" }

struct IngestionSource: ObjectSource {
    static let typeName = "ModelIngestion"
    let ingestion: Ingestion
}

private struct QueuedStatus: ObjectSource {
    static let typeName = "ModelIngestionQueuedStatus"
    let message: String
}

private struct ProcessingStatus: ObjectSource {
    static let typeName = "ModelIngestionProcessingStatus"
    let message: String
    let progress: Double?
}

private struct SuccessStatus: ObjectSource {
    static let typeName = "ModelIngestionSuccessStatus"
    let version: VersionID
}

private struct FailedStatus: ObjectSource {
    static let typeName = "ModelIngestionFailedStatus"
    let reason: String
    let stacktrace: String?
}

private struct CancelledStatus: ObjectSource {
    static let typeName = "ModelIngestionCancelledStatus"
    let message: String
}

private struct IngestionMessage: ObjectSource {
    static let typeName = "ProjectModelIngestionUpdatedMessage"
    let project: ProjectID
    let ingestion: IngestionID
    let model: ModelID
    let kind: String

    /// `nil` for what is no news of an ingestion.
    init?(_ event: DomainEvent, in project: ProjectID) {
        switch (event.subject, event.change) {
        case (.ingestion(let id, let model), .created):
            (self.ingestion, self.model, self.kind) = (id, model, "created")
        case (.ingestion(let id, let model), .updated):
            (self.ingestion, self.model, self.kind) = (id, model, "updated")
        case (.cancellation(let id, let model), _):
            (self.ingestion, self.model, self.kind) = (id, model, "cancellationRequested")
        default: return nil
        }
        self.project = project
    }
}
