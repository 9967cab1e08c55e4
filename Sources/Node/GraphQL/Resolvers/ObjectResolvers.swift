import GraphQL
import ObjectModel
import Storage

/// Stored objects and their children.
enum ObjectResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        self.addObject(of: ProjectSource.self, to: &map) { $0.project.id }
        self.addObject(of: StreamSource.self, to: &map) { $0.project.id }
        map.type(MutationRoot.self) { field in
            field("objectCreate") { _, arguments, context in try await self.create(arguments, context) }
        }
        self.addFields(to: &map)
    }

    private static func addObject<Source: ObjectSource>(
        of source: Source.Type, to map: inout ResolverMap<APIContext>,
        _ project: @escaping @Sendable (Source) -> ProjectID
    ) {
        map.type(source) { field in
            field("object") { source, arguments, context in
                try await self.object(arguments["id"]?.string ?? "", in: project(source), context)
            }
        }
    }

    private static func addFields(to map: inout ResolverMap<APIContext>) {
        map.type(StoredObjectSource.self) { field in
            field("id") { source, _, _ in source.id.hex }
            field("speckleType") { source, _, _ in try await source.content().speckleType }
            field("applicationId") { source, _, _ in try await source.content().applicationID }
            // The store does not keep when an object came.
            field("createdAt") { _, _, _ in Resolved.null }
            field("totalChildrenCount") { source, _, _ in try await source.content().childrenCount }
            field.addThreadCount(\.page.objects.project) { .object($0.id) }
            field("data") { source, _, _ in try await self.data(of: source) }
            field("children") { source, arguments, _ in try await self.children(of: source, arguments) }
        }
        map.type(ObjectChildrenSource.self) { field in
            field("totalCount") { source, _, _ in source.page.totalCount }
            field("cursor") { source, _, _ in source.page.cursor }
            field("objects") { source, _, _ in source.objects }
        }
    }

    private static func object(
        _ text: String, in project: ProjectID, _ context: APIContext
    ) async throws -> StoredObjectSource? {
        // Some come to a project by a token that may not read what is in it.
        try await context.read(project) { _ in }
        guard let id = ObjectID(hex: text) else { return nil }
        let objects = context.objects(of: project)
        guard try await !objects.present(of: [id]).isEmpty else { return nil }
        return StoredObjectSource(id: id, page: ObjectPage([id], of: objects))
    }

    private static func data(of source: StoredObjectSource) async throws -> GraphQLValue {
        if let data = try await source.content().data, source.page.objects.budget.answer(data.byteCount) {
            return data.value
        }
        throw DomainError(
            .badRequest,
            "The answer would have more than \(Limits.objectsAnsweredByteCountMax >> 20) MB of objects. Ask for fewer, select "
                + "some of their fields, or get \(source.id) by /objects/\(source.page.objects.project)/\(source.id)/single."
        )
    }

    private static func children(
        of source: StoredObjectSource, _ arguments: GraphQLObject
    ) async throws -> ObjectChildrenSource {
        let query = try ChildrenQuery(arguments)
        let objects = source.page.objects
        let search = ChildrenSearch(objects, query, in: try await objects.closure(of: source.id))
        let page = try await search.page()
        let read = ObjectPage(page.ids, of: objects, selection: query.selection)
        return ObjectChildrenSource(
            page: page, objects: page.ids.map { StoredObjectSource(id: $0, page: read) })
    }

    // MARK: Mutations

    private static func create(_ arguments: GraphQLObject, _ context: APIContext) async throws -> [String] {
        try context.requirePrincipal()
        let input = try Input(arguments, "objectInput")
        let project = try input.id("streamId", as: ProjectID.self)
        try await context.services.requireUpload(to: project, by: context.principal)
        let objects = try CreatedObject.all(of: input.list("objects") ?? [])
        var ingest = context.services.objects.ingest(into: project)
        var scanner = ObjectScanner()
        for object in objects {
            try object.text.withUnsafeBytes { try ingest.add($0, try scanner.scan($0)) }
            try await ingest.flush()
        }
        let summary = try await ingest.commit()
        NodeObjectRights(services: context.services).uploaded(to: project, summary)
        return objects.map(\.id.hex)
    }
}
