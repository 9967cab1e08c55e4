import Foundation
import ObjectModel
import Storage

/// What a viewer is asked to load: models, versions, objects and folders of models, with commas between them.
struct ViewerResources: Equatable, Sendable {
    enum Part: Hashable, Sendable {
        case model(ModelID, VersionID?)
        case object(ObjectID)
        /// Models whose names begin with it.
        case folder(String)
        case all
    }

    /// What one part leads to.
    struct Group: Equatable, Sendable {
        var identifier: String
        var items: [Item]
    }

    /// One object, or what a version has in place of one, that is loaded.
    struct Item: Equatable, Sendable {
        var model: ModelID?
        var version: VersionID?
        /// As ``Version/reference``.
        var reference: String
        /// How comments name it.
        var resource: CommentResource

        init(_ version: Version) {
            self.model = version.model
            self.version = version.id
            self.reference = version.reference
            self.resource = .version(version.id)
        }

        init(_ object: ObjectID) {
            self.reference = object.hex
            self.resource = .object(object)
        }
    }

    /// Sorted by their text, each once.
    private(set) var parts: [(text: String, part: Part)] = []

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    /// - Throws: ``DomainError`` for too many parts.
    init(_ text: String) throws {
        let texts = Set(text.lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
            .subtracting([""])
        guard texts.count <= Limits.viewerPartCountMax else {
            throw DomainError(.userInput, "At most \(Limits.viewerPartCountMax) resources are named at a time.")
        }
        self.parts = texts.sorted().map { ($0, Self.part($0)) }
    }

    private static func part(_ text: String) -> Part {
        if text == "all" { return .all }
        if text.hasPrefix("$") { return .folder(String(text.dropFirst())) }
        if let object = ObjectID(hex: text) { return .object(object) }
        let ids = text.split(separator: "@", maxSplits: 1)
        return .model(
            ModelID(rawValue: String(ids.first ?? "")), ids.count > 1 ? VersionID(rawValue: String(ids[1])) : nil)
    }

    /// The form that all texts of the same parts have.
    var text: String { self.parts.map(\.text).joined(separator: ",") }
    var isEmpty: Bool { self.parts.isEmpty }

    /// The objects that are named by themselves: whether they are in the project, the object store knows.
    var objects: [ObjectID] {
        self.parts.compactMap { if case .object(let id) = $0.part { id } else { nil } }
    }

    /// What is there of them, in a project. Parts that lead to nothing are left out.
    ///
    /// - Parameters:
    ///   - absent: objects that are not in the project.
    ///   - loadedOnly: of a model the version that is named, or else the newest; otherwise all of them.
    func groups(
        in project: ProjectID, without absent: Set<ObjectID>, loadedOnly: Bool, _ rows: any MetadataReading
    ) throws -> [Group] {
        let finder = try Finder(self.parts.map(\.part), in: project, without: absent, loadedOnly: loadedOnly, rows)
        var left = Limits.viewerResourceCountMax
        return try self.parts.compactMap { text, part in
            let items = try finder.items(of: part, limit: left)
            left -= items.count
            return items.isEmpty ? nil : Group(identifier: text, items: items)
        }
    }
}

/// Finds what parts lead to. Those that viewers name most are looked up together.
private struct Finder {
    private let project: ProjectID
    private let absent: Set<ObjectID>
    private let loadedOnly: Bool
    private let rows: any MetadataReading
    private let named: [VersionID: Version]
    /// Of models that are named without a version.
    private let newest: [ModelID: [Version]]

    init(
        _ parts: [ViewerResources.Part], in project: ProjectID, without absent: Set<ObjectID>, loadedOnly: Bool,
        _ rows: any MetadataReading
    ) throws {
        var (models, versions): (Set<ModelID>, Set<VersionID>) = ([], [])
        for case .model(let model, let version) in parts where loadedOnly {
            if let version { versions.insert(version) } else { models.insert(model) }
        }
        self.project = project
        self.absent = absent
        self.loadedOnly = loadedOnly
        self.rows = rows
        self.named = versions.isEmpty ? [:] : try rows.versions(versions, in: project)
        self.newest = models.isEmpty ? [:] : try rows.versions(ofEach: models, in: project, after: nil, limit: 1)
    }

    func items(of part: ViewerResources.Part, limit: Int) throws -> [ViewerResources.Item] {
        guard limit > 0 else { return [] }
        switch part {
        case .object(let id): return self.absent.contains(id) ? [] : [ViewerResources.Item(id)]
        case .model(let model, let version?) where self.loadedOnly:
            return self.named[version].flatMap { $0.model == model ? [ViewerResources.Item($0)] : nil } ?? []
        case .model(let model, nil) where self.loadedOnly:
            return (self.newest[model] ?? []).map(ViewerResources.Item.init)
        case .model(let model, _): return try self.items(of: [model], limit: limit)
        case .folder(let name):
            let filter = ModelFilter(search: name, onlyWithVersions: true)
            let models = try self.rows.models(in: self.project, filter: filter, after: nil, limit: limit)
            return try self.items(
                of: models.filter { $0.name == name || $0.name.hasPrefix("\(name)/") }.map(\.id), limit: limit)
        case .all:
            let filter = ModelFilter(onlyWithVersions: true)
            let models = try self.rows.models(in: self.project, filter: filter, after: nil, limit: limit)
            return try self.items(of: models.map(\.id), limit: limit)
        }
    }

    private func items(of models: [ModelID], limit: Int) throws -> [ViewerResources.Item] {
        if self.loadedOnly {
            let newest = try self.rows.versions(ofEach: Set(models), in: self.project, after: nil, limit: 1)
            return models.flatMap { newest[$0] ?? [] }.map(ViewerResources.Item.init)
        }
        var items: [ViewerResources.Item] = []
        for model in models where items.count < limit {
            items += try self.rows.versions(
                of: model, in: self.project, filter: VersionFilter(), after: nil, limit: limit - items.count
            ).map(ViewerResources.Item.init)
        }
        return items
    }
}
