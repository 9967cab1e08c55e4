import GraphQL
import ObjectModel
import Storage

/// One stored object, as the schema's type `Object`.
struct StoredObjectSource: ObjectSource {
    static let typeName = "Object"
    let id: ObjectID
    let page: ObjectPage

    func content() async throws -> ObjectContent { try await self.page.content(of: self.id) }
}

/// One page of an object's children.
struct ObjectChildrenSource: ObjectSource {
    static let typeName = "ObjectCollection"
    let page: ChildrenPage
    let objects: [StoredObjectSource]
}

/// Objects that are answered together: their texts are read once, when something of one of them is asked for.
actor ObjectPage {
    nonisolated let objects: ProjectObjects
    private let ids: [ObjectID]
    private let selection: ObjectSelection
    private var contents: [ObjectID: ObjectContent]?

    /// - Parameters:
    ///   - ids: of objects that the project has.
    ///   - selection: the paths of what is given of each; `nil` gives all.
    init(_ ids: [ObjectID], of objects: ProjectObjects, selection: [[String]]? = nil) {
        self.ids = ids
        self.objects = objects
        self.selection = ObjectSelection(selection)
    }

    /// - Throws: ``DomainError``, ``StorageError``.
    func content(of id: ObjectID) async throws -> ObjectContent {
        if self.contents == nil {
            var contents: [ObjectID: ObjectContent] = [:]
            try await self.objects.forEach(self.ids) { id, text in
                contents[id] = try ObjectContent(text, self.selection, self.objects.budget)
            }
            self.contents = contents
        }
        guard let content = self.contents?[id] else { throw DomainError(.objectNotFound, "Object not found") }
        return content
    }
}
