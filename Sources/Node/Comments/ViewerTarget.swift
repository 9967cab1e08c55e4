import GraphQL
import ObjectModel
import Storage

/// What somebody who watches a project looks at.
struct ViewerTarget: Sendable {
    let project: ProjectID
    private let resources: ViewerResources
    private let loadedOnly: Bool

    /// Reads `target`.
    ///
    /// - Throws: ``DomainError``.
    init(_ arguments: GraphQLObject) throws {
        let input = try Input(arguments, "target")
        self.project = try input.id("projectId")
        self.resources = try ViewerResources(try input.require("resourceIdString"))
        self.loadedOnly = input.bool("loadedVersionsOnly") ?? false
    }

    /// Whether a comment is about any of it, as it is now. Nothing stands for the whole project.
    func means(_ comment: CommentID, _ context: APIContext) async throws -> Bool {
        if self.resources.isEmpty { return true }
        guard let comment = try await context.read({ try $0.comment(comment, in: self.project) }) else { return false }
        return try await self.means(comment.resources, context)
    }

    /// Whether somebody who loads `others` looks at any of it.
    func means(_ others: ViewerResources, _ context: APIContext) async throws -> Bool {
        if self.resources.isEmpty || others == self.resources { return true }
        return try await self.means(context.resources(others, in: self.project, loadedOnly: true), context)
    }

    private func means(_ resources: [CommentResource], _ context: APIContext) async throws -> Bool {
        if self.resources.isEmpty { return true }
        let wanted = try await context.resources(self.resources, in: self.project, loadedOnly: self.loadedOnly)
        return !Set(wanted).isDisjoint(with: resources)
    }
}

extension APIContext {
    /// What is there of the resources that a text names, in a project that may be read.
    func groups(
        _ resources: ViewerResources, in project: ProjectID, loadedOnly: Bool
    ) async throws -> [ViewerResources.Group] {
        let objects = resources.objects
        let absent = objects.isEmpty ? [] : try await self.services.objects.missing(from: objects, in: project)
        return try await self.read {
            try resources.groups(in: project, without: Set(absent), loadedOnly: loadedOnly, $0)
        }
    }

    /// The same as comments name them, each once.
    func resources(
        _ resources: ViewerResources, in project: ProjectID, loadedOnly: Bool
    ) async throws -> [CommentResource] {
        var seen: Set<CommentResource> = []
        return try await self.groups(resources, in: project, loadedOnly: loadedOnly)
            .flatMap { $0.items.map(\.resource) }.filter { seen.insert($0).inserted }
    }
}
