import GraphQL
import ObjectModel
import Storage

/// What people are told of while they watch.
enum SubscriptionResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.subscription("ping") { _, context in
            AsyncThrowingStream<Occurrence<APIContext>, any Error> { answers in
                answers.yield(Occurrence("pong", context: context))
                answers.finish()
            }
        }
        map.subscription("userProjectsUpdated") { _, context in
            let user = try context.permitted(.hearOfSelf).user.id
            return try await Watch(context).occurrences(of: user) { event, project, _ in
                guard event.change != .updated else { return nil }
                return EventMessage<UserProjectsUpdated>(event, in: project, id: project.rawValue)
            }
        }
        map.subscription("projectVersionsPreviewGenerated") { arguments, context in
            try await Watch(context).occurrences(in: arguments.id()) { _, _, _ in nil as PreviewMessage? }
        }
        map.type(PreviewMessage.self) { field in
            for name in ["projectId", "objectId", "versionId"] { field(name) { _, _, _ in nil as String? } }
        }
        map.subscription("projectUpdated") { arguments, context in
            try await Watch(context).occurrences(in: arguments.id()) { event, project, _ in
                guard event.subject == .project, event.change != .created else { return nil }
                return EventMessage<ProjectUpdated>(event, in: project, id: project.rawValue)
            }
        }
        map.subscription("projectModelsUpdated") { arguments, context in
            let wanted = arguments["modelIds"]?.list.map { Set($0.compactMap(\.string)) }
            return try await Watch(context).occurrences(in: arguments.id()) { event, project, _ in
                guard case .model(let model) = event.subject, wanted?.contains(model.rawValue) ?? true else {
                    return nil
                }
                return EventMessage<ProjectModelsUpdated>(event, in: project, id: model.rawValue)
            }
        }
        map.subscription("projectVersionsUpdated") { arguments, context in
            try await Watch(context).occurrences(in: arguments.id()) { event, project, _ in
                guard case .version(let version, _) = event.subject else { return nil }
                return EventMessage<ProjectVersionsUpdated>(event, in: project, id: version.rawValue)
            }
        }
        map.subscription("projectConflictsUpdated") { arguments, context in
            try await Watch(context).occurrences(in: arguments.id()) { event, project, _ in
                guard case .conflict(let conflict) = event.subject else { return nil }
                return EventMessage<ProjectConflictsUpdated>(event, in: project, id: conflict)
            }
        }
        self.addMessages(to: &map)
    }

    private static func addMessages(to map: inout ResolverMap<APIContext>) {
        map.type(EventMessage<UserProjectsUpdated>.self) { field in
            field.addMessage { $0 == .deleted ? "REMOVED" : "ADDED" }
            field("project") { message, _, context in try await self.project(of: message, context) }
        }
        map.type(EventMessage<ProjectUpdated>.self) { field in
            field.addMessage(Self.name)
            field("project") { message, _, context in try await self.project(of: message, context) }
        }
        map.type(EventMessage<ProjectModelsUpdated>.self) { field in
            field.addMessage(Self.name)
            field("model") { message, _, context in
                let id = ModelID(rawValue: message.id)
                return try await context.read { try $0.model(id, in: message.project) }.map(ModelSource.init)
            }
        }
        map.type(EventMessage<ProjectVersionsUpdated>.self) { field in
            field.addMessage(Self.name)
            field("modelId") { message, _, _ in
                guard case .version(_, let model) = message.event.subject else { return nil as String? }
                return model.rawValue
            }
            field("version") { message, _, context in
                let id = VersionID(rawValue: message.id)
                return try await context.read { try $0.version(id, in: message.project) }.map(VersionSource.init)
            }
        }
        map.type(EventMessage<ProjectConflictsUpdated>.self) { field in
            field.addMessage { $0 == .deleted ? "CLOSED" : "OPENED" }
            field("conflict") { message, _, context in
                let (roster, principal) = (context.services.roster(), context.principal)
                return try await context.read { rows in
                    try ConflictDescription.all(in: .project(message.project), for: principal, roster, rows).first {
                        $0.id == message.id
                    }
                }.map(ConflictSource.init)
            }
        }
    }

    private static func name(_ change: DomainEvent.Change) -> String {
        switch change {
        case .created: "CREATED"
        case .updated: "UPDATED"
        case .deleted: "DELETED"
        }
    }

    private static func project<Kind>(
        of message: EventMessage<Kind>, _ context: APIContext
    ) async throws -> ProjectSource? {
        guard message.event.change != .deleted else { return nil }
        return try await context.read { try $0.project(message.project) }.map(ProjectSource.init)
    }
}

/// The names of the types of messages.
protocol EventMessageType: Sendable {
    static var typeName: String { get }
}

enum UserProjectsUpdated: EventMessageType { static let typeName = "UserProjectsUpdatedMessage" }
enum ProjectUpdated: EventMessageType { static let typeName = "ProjectUpdatedMessage" }
enum ProjectModelsUpdated: EventMessageType { static let typeName = "ProjectModelsUpdatedMessage" }
enum ProjectVersionsUpdated: EventMessageType { static let typeName = "ProjectVersionsUpdatedMessage" }
enum ProjectConflictsUpdated: EventMessageType { static let typeName = "ProjectConflictsUpdatedMessage" }

/// What a subscription tells of one event.
struct EventMessage<Kind: EventMessageType>: ObjectSource {
    static var typeName: String { Kind.typeName }
    let event: DomainEvent
    let project: ProjectID
    /// Of what the message is about.
    let id: String

    init(_ event: DomainEvent, in project: ProjectID, id: String) {
        self.event = event
        self.project = project
        self.id = id
    }
}

extension ResolverMap<APIContext>.Fields {
    /// The fields that all messages have.
    mutating func addMessage<Kind>(
        _ name: @escaping @Sendable (DomainEvent.Change) -> String
    ) where Source == EventMessage<Kind> {
        self("type") { message, _, _ in name(message.event.change) }
        self("id") { message, _, _ in message.id }
    }
}

struct PreviewMessage: ObjectSource { static let typeName = "ProjectVersionsPreviewGeneratedMessage" }
