import GraphQL
import ObjectModel
import Storage

/// What viewers load, and what those who look at it show each other.
enum ViewerResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("viewerResources") { source, arguments, context in
                try await self.resources(of: source.project, arguments, context).groups.map(
                    ViewerResourceGroupSource.init)
            }
            field("viewerResourcesExtended") { source, arguments, context in
                try await self.resources(of: source.project, arguments, context)
            }
        }
        map.type(ViewerResourcesSource.self) { field in
            field("groups") { source, _, _ in source.groups.map(ViewerResourceGroupSource.init) }
            field("resourceIdString") { source, _, _ in source.text }
            field("savedView") { _, _, _ in Resolved.null }
            field("request") { source, _, _ in ViewerRequestSource(savedView: source.savedView) }
        }
        map.type(ViewerRequestSource.self) { field in
            field("savedViewId") { source, _, _ in source.savedView }
        }
        map.type(ViewerResourceGroupSource.self) { field in
            field("identifier") { source, _, _ in source.group.identifier }
            field("items") { source, _, _ in source.group.items.map(ViewerResourceItemSource.init) }
        }
        self.addActivity(to: &map)
    }

    private static func resources(
        of project: Project, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> ViewerResourcesSource {
        try await context.require(.read, on: project.id)
        let resources = try ViewerResources(arguments["resourceIdString"]?.string ?? "")
        let loadedOnly = arguments["loadedVersionsOnly"]?.bool ?? true
        return ViewerResourcesSource(
            text: resources.text, savedView: arguments["savedViewId"]?.string,
            groups: try await context.groups(resources, in: project.id, loadedOnly: loadedOnly))
    }

    // MARK: Activity

    private static func addActivity(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("broadcastViewerUserActivity") { _, arguments, context in
                let place = try ViewerResources(arguments["resourceIdString"]?.string ?? "").text
                let input = try Input(arguments, "message")
                let user = try context.requirePrincipal().user
                let message: GraphQLObject = [
                    "userName": .string(user.name), "userId": .string(user.id.rawValue),
                    "sessionId": .string(try input.require("sessionId")),
                    "status": .string(try input.require("status")),
                    "state": input.object("state").map(GraphQLValue.object) ?? .null,
                ]
                return try await context.broadcast(
                    .viewing, at: place, message, in: arguments.id("projectId"), if: .broadcast)
            }
        }
        map.subscription("viewerUserActivityBroadcasted") { arguments, context in
            let (target, session) = (try ViewerTarget(arguments), arguments["sessionId"]?.string)
            return try await Watch(context).occurrences(in: target.project, hearing: .broadcasts) { event, _, current in
                guard case .broadcast(let broadcast) = event.subject, broadcast.kind == .viewing,
                    let message = CommentDocument.value(broadcast.content)?.object,
                    session == nil || message["sessionId"]?.string != session,
                    try await target.means(ViewerResources(broadcast.place), current)
                else { return nil }
                return ViewerActivitySource(user: broadcast.user, message: message)
            }
        }
        map.type(ViewerActivitySource.self) { field in
            for name in ["userName", "userId", "sessionId", "state"] {
                field(name) { source, _, _ in source.message[name] ?? .null }
            }
            field("status") { source, _, _ in GraphQLValue.enumeration(source.message["status"]?.string ?? "") }
            field.addPerson("user", \.user, LimitedUserSource.init)
        }
    }
}

extension APIContext {
    /// Tells those who watch a project at this node.
    ///
    /// - Throws: ``DomainError``.
    func broadcast(
        _ kind: ViewerBroadcast.Kind, at place: String, _ content: GraphQLObject, in project: ProjectID,
        if action: ProjectRules.Action
    ) async throws -> Bool {
        let user = try self.requirePrincipal().user.id
        try await self.require(action, on: project)
        let json = try CommentDocument.json(.object(content))
        guard json.utf8.count + place.utf8.count <= Limits.broadcastByteCountMax else {
            throw DomainError(
                .userInput, "At most \(Limits.broadcastByteCountMax >> 10) kB are shown to others at once.")
        }
        let broadcast = ViewerBroadcast(kind, by: user, at: place, content: json)
        self.services.events.publish(
            DomainEvent(scope: .project(project), subject: .broadcast(broadcast), change: .updated))
        return true
    }
}

struct ViewerResourcesSource: ObjectSource {
    static let typeName = "ExtendedViewerResources"
    let text: String
    /// The saved view that was asked for.
    let savedView: String?
    let groups: [ViewerResources.Group]
}

struct ViewerRequestSource: ObjectSource {
    static let typeName = "ExtendedViewerResourcesRequest"
    let savedView: String?
}

struct ViewerResourceGroupSource: ObjectSource {
    static let typeName = "ViewerResourceGroup"
    let group: ViewerResources.Group
}

struct ViewerActivitySource: ObjectSource {
    static let typeName = "ViewerUserActivityMessage"
    let user: UserID
    let message: GraphQLObject
}
