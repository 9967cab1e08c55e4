import GraphQL
import ObjectModel
import Storage

/// Models by the parts of their names.
enum ModelTreeResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("modelsTree") { source, arguments, context in
                try await self.items(of: source.project.id, arguments, context)
            }
            field("modelChildrenTree") { source, arguments, context in
                let tree = try await self.tree(of: source.project.id, context)
                return tree.sources(below: (arguments["fullName"]?.string ?? "").lowercased())
            }
        }
        map.type(ModelSource.self) { field in
            field.together("childrenTree") { sources, _, context in
                var trees: [ProjectID: ModelTree] = [:]
                for project in Set(sources.map(\.model.project)) {
                    trees[project] = try await self.tree(of: project, context)
                }
                return sources.map { trees[$0.model.project]?.sources(below: $0.model.name) ?? [] }
            }
            field("projectId") { source, _, _ in source.model.project.rawValue }
        }
        map.type(ModelsTreeSource.self) { field in
            field.addListing(\.listing) { $0 }
        }
        map.type(ModelsTreeItemSource.self) { field in
            field("id") { source, _, _ in "\(source.tree.project)-\(source.item.fullName)" }
            field("name") { source, _, _ in source.item.name }
            field("fullName") { source, _, _ in source.item.fullName }
            field("model") { source, _, _ in source.item.model.map(ModelSource.init) }
            field("hasChildren") { source, _, _ in !source.tree.children(of: source.item.fullName).isEmpty }
            field("children") { source, _, _ in source.tree.sources(below: source.item.fullName) }
            field("updatedAt") { source, _, _ in source.item.updatedAt.iso8601 }
        }
    }

    private static func tree(of project: ProjectID, _ context: APIContext) async throws -> ModelTree {
        ModelTree(
            of: try await context.read(project) {
                try $0.models(in: project, filter: .init(hideEmptyNamed: ModelName.main), after: nil, limit: .max)
            }, in: project)
    }

    private static func items(
        of project: ProjectID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> ModelsTreeSource {
        guard ModelFilter(Input(optional: arguments, "filter")) == ModelFilter(hideEmptyNamed: ModelName.main) else {
            // Next to each other, as a list of models.
            let listing = try await ModelResolvers.models(of: project, arguments, context).listing
            let empty = ModelTree(of: [], in: project)
            return ModelsTreeSource(
                listing: Listing(
                    items: listing.items.map { model in
                        ModelsTreeItemSource(
                            tree: empty,
                            item: .init(
                                name: model.name, fullName: model.name, model: model, updatedAt: model.updatedAt))
                    }, totalCount: listing.totalCount, cursor: listing.cursor))
        }
        let all = try await self.tree(of: project, context).sources(below: "")
        return ModelsTreeSource(
            listing: try Page(arguments).listing(of: all) { ($0.item.updatedAt, $0.item.fullName) })
    }
}

/// The parts of models' names, which slashes separate.
struct ModelTree: Sendable {
    struct Item: Sendable {
        let name: String
        let fullName: String
        let model: Model?
        /// Of the model, or of one below it.
        let updatedAt: Timestamp
    }

    let project: ProjectID
    /// By the name that they go on after; empty for the first parts.
    private let items: [String: [Item]]

    init(of models: [Model], in project: ProjectID) {
        var (named, times): ([String: Model], [String: Timestamp]) = ([:], [:])
        for model in models {
            named[model.name] = model
            for name in Self.beginnings(of: model.name) {
                times[name] = max(times[name] ?? model.updatedAt, model.updatedAt)
            }
        }
        let items = times.map { name, time in
            Item(name: Self.parts(of: name).last, fullName: name, model: named[name], updatedAt: time)
        }
        self.project = project
        self.items = Dictionary(grouping: items) { Self.parts(of: $0.fullName).parent }
            .mapValues { $0.sorted { ($1.updatedAt, $1.fullName) < ($0.updatedAt, $0.fullName) } }
    }

    /// Those that changed last first.
    func children(of fullName: String) -> [Item] { self.items[fullName] ?? [] }

    private static func beginnings(of name: String) -> [String] {
        name.indices.filter { name[$0] == "/" }.map { String(name[..<$0]) } + [name]
    }

    private static func parts(of name: String) -> (parent: String, last: String) {
        guard let slash = name.lastIndex(of: "/") else { return ("", name) }
        return (String(name[..<slash]), String(name[name.index(after: slash)...]))
    }
}

extension ModelTree {
    fileprivate func sources(below fullName: String) -> [ModelsTreeItemSource] {
        self.children(of: fullName).map { ModelsTreeItemSource(tree: self, item: $0) }
    }
}

struct ModelsTreeItemSource: ObjectSource {
    static let typeName = "ModelsTreeItem"
    let tree: ModelTree
    let item: ModelTree.Item
}

struct ModelsTreeSource: ObjectSource {
    static let typeName = "ModelsTreeItemCollection"
    let listing: Listing<ModelsTreeItemSource>
}
