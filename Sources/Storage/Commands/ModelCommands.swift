public import ObjectModel

/// The rules for names of models.
public enum ModelName {
    /// Every project has this model; it cannot be deleted.
    public static let main = "main"
    /// Reserved by older clients for project-wide settings.
    public static let globals = "globals"

    /// The name in the form in which it is stored: lower case, no blanks around `/`.
    ///
    /// - Throws: ``DomainError/Code/modelName`` for a name that Speckle forbids.
    static func canonical(_ name: String) throws -> String {
        let canonical = name.lowercased().split(separator: "/", omittingEmptySubsequences: false)
            .map { Self.trimmed($0) }.joined(separator: "/")
        guard !canonical.isEmpty, canonical.utf8.count <= 512 else {
            throw DomainError(.modelName, "A name of 1 to 512 characters is required.")
        }
        let isForbidden =
            canonical.hasPrefix("#") || canonical.hasPrefix("$") || canonical.hasPrefix("/")
            || canonical.hasSuffix("/") || canonical.contains("//") || canonical.contains(",")
            || canonical.contains("\\")
        guard !isForbidden else {
            throw DomainError(
                .modelName,
                "Names of models must not start with # , $ or / , end with / , or contain // , commas or backslashes.")
        }
        return canonical
    }

    private static func trimmed(_ part: Substring) -> String {
        let start = part.drop(while: \.isWhitespace)
        let kept = start.reversed().drop(while: \.isWhitespace).reversed()
        return String(kept)
    }
}

public struct CreateModel: Command {
    public var project: ProjectID
    public var name: String
    public var description: String?

    public init(project: ProjectID, name: String, description: String?) {
        self.project = project
        self.name = name
        self.description = description
    }

    public func execute(in context: CommandContext) throws -> Model {
        _ = try context.existingProject(self.project)
        let name = try ModelName.canonical(self.name)
        guard try context.rows.model(named: name, in: self.project) == nil else {
            throw DomainError(.modelCreate, "A model with this name already exists")
        }
        let model = Model(
            id: try context.freshID { try context.rows.model($0, in: self.project) != nil }, project: self.project,
            name: name, description: self.description, author: context.actor,
            createdAt: context.now, updatedAt: context.now)
        try context.record(.modelCreated(model), in: .project(self.project))
        return model
    }
}

/// The model of that name, which is created when it is missing.
public struct FindOrCreateModel: Command {
    public var project: ProjectID
    public var name: String

    public init(project: ProjectID, name: String) {
        self.project = project
        self.name = name
    }

    public func execute(in context: CommandContext) throws -> Model {
        let name = try ModelName.canonical(self.name)
        return try context.rows.model(named: name, in: self.project)
            ?? CreateModel(project: self.project, name: name, description: nil).execute(in: context)
    }
}

/// Edits a model. Fields that are `nil` stay as they are.
public struct UpdateModel: Command {
    public var project: ProjectID
    public var id: ModelID
    public var name: String?
    public var description: String?

    public init(project: ProjectID, id: ModelID, name: String?, description: String?) {
        self.project = project
        self.id = id
        self.name = name
        self.description = description
    }

    public func execute(in context: CommandContext) throws -> Model {
        let model = try context.existingModel(self.id, in: self.project)
        let name = try self.name.map { try ModelName.canonical($0) }
        if let name, name != model.name, try context.rows.model(named: name, in: self.project) != nil {
            throw DomainError(.modelUpdate, "A model with this name already exists")
        }
        try context.record(
            .modelChanged(ModelChange(id: self.id, name: name, description: self.description)),
            in: .project(self.project))
        return try context.existingModel(self.id, in: self.project)
    }
}

/// Deletes a model with its versions. Their objects stay.
public struct DeleteModel: Command {
    public var project: ProjectID
    public var id: ModelID

    public init(project: ProjectID, id: ModelID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        let model = try context.existingModel(self.id, in: self.project)
        guard model.name != ModelName.main, model.name != ModelName.globals else {
            throw DomainError(.badRequest, "This model is reserved and cannot be deleted")
        }
        try context.record(.modelDeleted(self.id), in: .project(self.project))
    }
}

/// Decides that a model stays although somebody deleted it while it was written to.
public struct KeepModel: Command {
    public var project: ProjectID
    public var id: ModelID

    public init(project: ProjectID, id: ModelID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        _ = try context.existingModel(self.id, in: self.project)
        try context.record(.modelKept(self.id), in: .project(self.project))
    }
}
