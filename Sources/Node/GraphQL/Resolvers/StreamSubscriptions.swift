import GraphQL
import ObjectModel
import Storage

/// Subscriptions by the names that older clients have for them. Each tells the thing as plain JSON.
enum StreamSubscriptions {
    static func add(to map: inout ResolverMap<APIContext>) {
        for (name, change) in [("userStreamAdded", DomainEvent.Change.created), ("userStreamRemoved", .deleted)] {
            map.subscription(name) { _, context in
                let user = try context.permitted(.hearOfSelf).user.id
                return try await Watch(context).occurrences(of: user) { event, project, current in
                    guard event.change == change else { return nil }
                    return try await StreamNews.make(event, project, current)
                }
            }
        }
        for (name, change) in [("streamUpdated", DomainEvent.Change.updated), ("streamDeleted", .deleted)] {
            map.subscription(name) { arguments, context in
                try await Watch(context).occurrences(in: arguments.id("streamId")) { event, project, current in
                    guard event.subject == .project, event.change == change else { return nil }
                    return try await StreamNews.make(event, project, current)
                }
            }
        }
        for (end, change) in [("Created", DomainEvent.Change.created), ("Updated", .updated), ("Deleted", .deleted)] {
            self.add("branch\(end)", change, to: &map) { subject, arguments in
                guard case .model(let id) = subject else { return false }
                return arguments["branchId"]?.string.map { $0 == id.rawValue } ?? true
            }
            self.add("commit\(end)", change, to: &map) { subject, arguments in
                guard case .version(let id, _) = subject else { return false }
                return arguments["commitId"]?.string.map { $0 == id.rawValue } ?? true
            }
        }
    }

    private static func add(
        _ name: String, _ change: DomainEvent.Change, to map: inout ResolverMap<APIContext>,
        where isMeant: @escaping @Sendable (DomainEvent.Subject, GraphQLObject) -> Bool
    ) {
        map.subscription(name) { arguments, context in
            try await Watch(context).occurrences(in: arguments.id("streamId")) { event, project, current in
                guard event.change == change, isMeant(event.subject, arguments) else { return nil }
                return try await StreamNews.make(event, project, current)
            }
        }
    }
}

/// One event as plain JSON: the thing as it is now, or its ids when it is gone.
private enum StreamNews {
    static func make(_ event: DomainEvent, _ project: ProjectID, _ context: APIContext) async throws -> GraphQLValue {
        let known =
            event.change == .deleted
            ? [] : try await context.read { try self.describe(event.subject, in: project, $0) }
        var object: GraphQLObject = ["id": .string(self.id(of: event.subject) ?? project.rawValue)]
        object["streamId"] = .string(project.rawValue)
        for (key, value) in known { object[key] = value.map(GraphQLValue.string) ?? .null }
        return .object(object)
    }

    private static func id(of subject: DomainEvent.Subject) -> String? {
        switch subject {
        case .model(let id): id.rawValue
        case .version(let id, _): id.rawValue
        default: nil
        }
    }

    private static func describe(
        _ subject: DomainEvent.Subject, in project: ProjectID, _ rows: any MetadataReading
    ) throws -> [(String, String?)] {
        switch subject {
        case .model(let id):
            guard let model = try rows.model(id, in: project) else { return [] }
            return [("name", model.name), ("description", model.description)]
        case .version(let id, let branch):
            let place = [("branchId", branch.rawValue), ("branchName", try rows.model(branch, in: project)?.name)]
            guard let version = try rows.version(id, in: project) else { return place }
            return place + [
                ("objectId", version.reference), ("message", version.message),
                ("sourceApplication", version.sourceApplication), ("authorId", version.author?.rawValue),
            ]
        default:
            guard let project = try rows.project(project) else { return [] }
            return [("name", project.name), ("description", project.description)]
        }
    }
}
