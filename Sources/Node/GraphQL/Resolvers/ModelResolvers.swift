import GraphQL
import ObjectModel
import Storage

/// Models and their versions.
enum ModelResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("modelMutations") { _, _, _ in ModelMutations() }
            field("versionMutations") { _, _, _ in VersionMutations() }
        }
        self.addModelMutations(to: &map)
        self.addVersionMutations(to: &map)
        self.addModel(to: &map)
        self.addVersion(to: &map)
    }

    // MARK: Look-ups

    static func models(
        of project: ProjectID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> ModelsSource {
        let page = try Page(arguments)
        let filter = ModelFilter(Input(optional: arguments, "filter"))
        return ModelsSource(
            listing: try await context.read(project) { rows in
                let items = try rows.models(in: project, filter: filter, after: page.after, limit: page.limit)
                return Listing(items: items, totalCount: try rows.modelCount(in: project, filter: filter)) {
                    ($0.updatedAt, $0.id.rawValue)
                }
            })
    }

    static func model(_ id: ModelID, in project: ProjectID, _ context: APIContext) async throws -> ModelSource {
        guard let model = try await context.read(project, { try $0.model(id, in: project) }) else {
            throw DomainError(.modelNotFound, "Model not found")
        }
        return ModelSource(model: model)
    }

    static func version(
        _ id: VersionID, in project: ProjectID, of model: ModelID? = nil, _ context: APIContext
    ) async throws -> VersionSource {
        guard let version = try await context.read(project, { try $0.version(id, in: project) }),
            model == nil || version.model == model
        else { throw DomainError(.versionNotFound, "Version not found") }
        return VersionSource(version: version)
    }

    /// A page of the versions of all models.
    static func versions(
        of project: ProjectID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> Listing<Version> {
        let page = try Page(arguments)
        return try await context.read(project) { rows in
            Listing(
                items: try rows.newestVersions(in: project, after: page.after, limit: page.limit),
                totalCount: try rows.versionCount(in: project)
            ) { ($0.createdAt, $0.id.rawValue) }
        }
    }

    /// A page of each model's versions.
    static func versions(
        of models: [Model], _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> [VersionsSource] {
        let page = try Page(arguments)
        let input = Input(optional: arguments, "filter")
        let filter = VersionFilter(
            priorityIDs: input.strings("priorityIds")?.map(VersionID.init(rawValue:)),
            priorityIDsOnly: input.bool("priorityIdsOnly") ?? false)
        let read = try await context.read { rows in
            filter == VersionFilter()
                ? try rows.versionPages(of: models, page) : try rows.pages(of: models, filter, page)
        }
        return read.map { items, count in
            VersionsSource(
                listing: Listing(items: items, totalCount: count) { ($0.createdAt, $0.id.rawValue) })
        }
    }

    // MARK: Mutations

    private static func addModelMutations(to map: inout ResolverMap<APIContext>) {
        map.type(ModelMutations.self) { field in
            field("create") { _, arguments, context in
                let input = try Input(arguments)
                let command = CreateModel(
                    project: try input.id("projectId"), name: try input.require("name"),
                    description: input.string("description"))
                return ModelSource(model: try await context.perform(command, .write, on: command.project))
            }
            field("update") { _, arguments, context in
                let input = try Input(arguments)
                let command = UpdateModel(
                    project: try input.id("projectId"), id: try input.id("id"), name: input.string("name"),
                    description: input.string("description"))
                return ModelSource(model: try await context.perform(command, .write, on: command.project))
            }
            field("delete") { _, arguments, context in
                let input = try Input(arguments)
                let command = DeleteModel(project: try input.id("projectId"), id: try input.id("id"))
                try await context.perform(command, .removeModel, on: .model(command.id), in: command.project)
                return true
            }
        }
    }

    private static func addVersionMutations(to map: inout ResolverMap<APIContext>) {
        map.type(VersionMutations.self) { field in
            field("create") { _, arguments, context in try await self.createVersion(arguments, context) }
            field("update") { _, arguments, context in
                let input = try Input(arguments)
                let command = UpdateVersion(
                    project: try input.id("projectId"), id: try input.id("versionId"), message: input.string("message"))
                return VersionSource(
                    version: try await context.perform(
                        command, .changeVersion, on: .versions([command.id]), in: command.project))
            }
            field("moveToModel") { _, arguments, context in
                let input = try Input(arguments)
                let command = MoveVersions(
                    project: try input.id("projectId"), ids: input.ids("versionIds"),
                    targetModelName: try input.require("targetModelName"))
                return ModelSource(
                    model: try await context.perform(
                        command, .changeVersion, on: .versions(command.ids), in: command.project))
            }
            field("delete") { _, arguments, context in
                let input = try Input(arguments)
                let command = DeleteVersions(project: try input.id("projectId"), ids: input.ids("versionIds"))
                try await context.perform(
                    command, .changeVersion, on: .versions(command.ids), in: command.project)
                return true
            }
            field("markReceived") { _, arguments, context in
                let input = try Input(arguments)
                let command = MarkVersionReceived(
                    project: try input.id("projectId"), id: try input.id("versionId"),
                    sourceApplication: try input.require("sourceApplication"), message: input.string("message"))
                try context.requirePrincipal()
                try await context.perform(command, .receive, on: command.project)
                return true
            }
        }
    }

    private static func createVersion(
        _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> VersionSource {
        try await context.count(.createVersion)
        let input = try Input(arguments)
        guard let root = ObjectID(hex: try input.require("objectId")) else {
            throw DomainError(.versionCreate, "Failed to create version: that is no object id.")
        }
        let command = CreateVersion(
            project: try input.id("projectId"), model: try input.id("modelId"), root: .object(root),
            message: input.string("message"), sourceApplication: input.string("sourceApplication"),
            totalChildrenCount: input.int("totalChildrenCount"), parents: input.ids("parents"))
        return VersionSource(version: try await context.perform(command, .write, on: command.project))
    }

    // MARK: Fields

    private static func addModel(to map: inout ResolverMap<APIContext>) {
        map.type(ModelsSource.self) { field in
            field.addListing(\.listing, of: ModelSource.init)
        }
        map.type(ModelSource.self) { field in
            field("id") { source, _, _ in source.model.id.rawValue }
            field("name") { source, _, _ in source.model.name }
            field("displayName") { source, _, _ in
                source.model.name.split(separator: "/").last.map(String.init) ?? source.model.name
            }
            field("description") { source, _, _ in source.model.description }
            field.addPerson("author", \.model.author, LimitedUserSource.init)
            field("createdAt") { source, _, _ in source.model.createdAt.iso8601 }
            field("updatedAt") { source, _, _ in source.model.updatedAt.iso8601 }
            field.together("previewUrl") { sources, _, context in
                let newest = try await context.read { try $0.versionPages(of: sources.map(\.model), Page(limit: 1)) }
                return newest.map { $0.items.first?.previewURL(at: context.origin) }
            }
            field("version") { source, arguments, context in
                try await self.version(
                    arguments.id(), in: source.model.project, of: source.model.id, context)
            }
            field.together("versions") { sources, arguments, context in
                try await self.versions(of: sources.map(\.model), arguments, context)
            }
            field("permissions") { source, _, _ in ModelPermissions(model: source.model) }
        }
        map.type(ModelPermissions.self) { field in
            for name in ["canUpdate", "canCreateVersion"] {
                field.addCheck(name, of: .write, on: \.model.project)
            }
            field.addCheck("canDelete", of: .removeModel) { ($0.model.project, $0.model.author) }
        }
    }

    private static func addVersion(to map: inout ResolverMap<APIContext>) {
        map.type(VersionsSource.self) { field in
            field.addListing(\.listing, of: VersionSource.init)
        }
        map.type(VersionSource.self) { field in
            field.addVersion(\.version, origin: \.origin)
            field("isPending") { _, _, _ in false }
            field.addPerson("authorUser", \.version.author, LimitedUserSource.init)
            field.addModel("model", \.version, ModelSource.init)
            field("permissions") { source, _, _ in VersionPermissions(version: source.version) }
        }
        map.type(VersionPermissions.self) { field in
            field.addCheck("canUpdate", of: .changeVersion) { ($0.version.project, $0.version.author) }
            field.addCheck("canReceive", of: .read, on: \.version.project)
        }
    }
}

extension ModelFilter {
    init(_ input: Input) {
        self.init(
            search: input.string("search"), ids: input.strings("ids")?.map(ModelID.init(rawValue:)),
            excludeIDs: input.strings("excludeIds")?.map(ModelID.init(rawValue:)),
            onlyWithVersions: input.bool("onlyWithVersions") ?? false, sourceApplications: input.strings("sourceApps"),
            contributors: input.strings("contributors")?.map(UserID.init(rawValue:)), hideEmptyNamed: ModelName.main)
    }
}

extension MetadataReading {
    fileprivate typealias VersionPage = (items: [Version], totalCount: Int)

    /// In the order of `models`; two statements for each project that they are in.
    fileprivate func versionPages(of models: [Model], _ page: Page) throws -> [VersionPage] {
        var found: [ProjectID: (pages: [ModelID: [Version]], counts: [ModelID: Int])] = [:]
        for (project, models) in Dictionary(grouping: models, by: \.project) {
            let ids = Set(models.map(\.id))
            found[project] = (
                try self.versions(ofEach: ids, in: project, after: page.after, limit: page.limit),
                try self.versionCounts(ofEach: ids, in: project)
            )
        }
        return models.map {
            (found[$0.project]?.pages[$0.id] ?? [], found[$0.project]?.counts[$0.id] ?? 0)
        }
    }

    /// What a filter leaves is read model by model: it names versions, which are of one.
    fileprivate func pages(of models: [Model], _ filter: VersionFilter, _ page: Page) throws -> [VersionPage] {
        try models.map { model in
            (
                try self.versions(
                    of: model.id, in: model.project, filter: filter, after: page.after, limit: page.limit),
                try self.versionCount(of: model.id, in: model.project, filter: filter)
            )
        }
    }
}
