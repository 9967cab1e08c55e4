public import ObjectModel

/// A version as it is pushed from a copy of the project: it keeps its id, so that pushing it again changes nothing.
public struct PublishedVersion: Equatable, Sendable, Codable {
    public var id: VersionID
    public var modelName: String
    public var rootObject: ObjectID
    public var message: String?
    public var sourceApplication: String?
    public var totalChildrenCount: Int?
    public var createdAt: Timestamp

    public init(
        id: VersionID, modelName: String, rootObject: ObjectID, message: String?, sourceApplication: String?,
        totalChildrenCount: Int?, createdAt: Timestamp
    ) {
        self.id = id
        self.modelName = modelName
        self.rootObject = rootObject
        self.message = message
        self.sourceApplication = sourceApplication
        self.totalChildrenCount = totalChildrenCount
        self.createdAt = createdAt
    }
}

/// Publishes versions that were made elsewhere, all or none. Models are made as they are needed.
public struct PublishVersions: Command {
    public enum Outcome: Equatable, Sendable {
        /// Ids that the project did not have before; the others were there.
        case published([VersionID])
        /// Roots that are not complete. Nothing was written.
        case objectsMissing([ObjectID])
    }

    public var project: ProjectID
    public var versions: [PublishedVersion]

    public init(project: ProjectID, versions: [PublishedVersion]) {
        self.project = project
        self.versions = versions
    }

    public func execute(in context: CommandContext) throws -> Outcome {
        _ = try context.existingProject(self.project)
        var seen = Set<VersionID>()
        let fresh = try self.versions.filter {
            try seen.insert($0.id).inserted && context.rows.version($0.id, in: self.project) == nil
        }
        let roots = Set(fresh.map(\.rootObject)).sorted()
        let missing = try roots.filter { try !context.rows.isComplete($0, in: self.project) }
        guard missing.isEmpty else { return .objectsMissing(missing) }
        for version in fresh { try self.publish(version, in: context) }
        return .published(fresh.map(\.id))
    }

    private func publish(_ published: PublishedVersion, in context: CommandContext) throws {
        let id = published.id.rawValue
        guard id.utf8.count == VersionID.digitCount, id.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw DomainError(.versionCreate, "A version's id is \(VersionID.digitCount) hexadecimal digits.")
        }
        let name = try ModelName.canonical(published.modelName)
        let model =
            try context.rows.model(named: name, in: self.project)
            ?? CreateModel(project: self.project, name: name, description: nil).execute(in: context)
        let version = Version(
            id: published.id, project: self.project, model: model.id, rootObject: published.rootObject,
            message: published.message, sourceApplication: published.sourceApplication,
            totalChildrenCount: published.totalChildrenCount, parents: [], author: context.actor,
            createdAt: min(published.createdAt, context.now))
        try context.record(.versionCreated(version), in: .project(self.project))
    }
}
