public import ObjectModel

/// A file as it is pushed from a copy of the project. Its bytes were stored before.
public struct PublishedBlob: Equatable, Sendable, Codable {
    public var id: BlobID
    public var fileName: String
    /// ``BlobContent/digest``.
    public var digest: ContentHash
    public var createdAt: Timestamp

    public init(id: BlobID, fileName: String, digest: ContentHash, createdAt: Timestamp) {
        self.id = id
        self.fileName = fileName
        self.digest = digest
        self.createdAt = createdAt
    }
}

/// What a push publishes.
public enum Publication: Equatable, Sendable {
    case version(PublishedVersion)
    case blob(PublishedBlob)
}

/// Publishes versions and files that were made elsewhere, all or none, in their order. Models are made as they are
/// needed.
public struct Publish: Command {
    public enum Outcome: Equatable, Sendable {
        /// For each publication, whether it is new to the project.
        case published([Bool])
        /// Roots that are not complete. Nothing was written.
        case objectsMissing([ObjectID])
    }

    public var project: ProjectID
    public var publications: [Publication]

    public init(project: ProjectID, publications: [Publication]) {
        self.project = project
        self.publications = publications
    }

    public func execute(in context: CommandContext) throws -> Outcome {
        _ = try context.existingProject(self.project)
        let missing = try self.roots(in: context).sorted().filter {
            try !context.rows.isComplete($0, in: self.project)
        }
        guard missing.isEmpty else { return .objectsMissing(missing) }
        return .published(try self.publications.map { try self.publish($0, in: context) })
    }

    /// Roots of the versions that are new.
    private func roots(in context: CommandContext) throws -> Set<ObjectID> {
        var roots = Set<ObjectID>()
        for case .version(let version) in self.publications
        where try context.rows.version(version.id, in: self.project) == nil {
            if let root = version.root.object { roots.insert(root) }
        }
        return roots
    }

    /// - Returns: whether it is new.
    private func publish(_ publication: Publication, in context: CommandContext) throws -> Bool {
        switch publication {
        case .version(let version): try self.publish(version, in: context)
        case .blob(let blob): try self.publish(blob, in: context)
        }
    }

    private func publish(_ published: PublishedBlob, in context: CommandContext) throws -> Bool {
        guard try context.rows.blob(published.id, in: self.project) == nil else { return false }
        guard BlobID.isValid(published.id.rawValue) else {
            throw DomainError(.userInput, "A file's id is 10 or 64 hexadecimal digits.")
        }
        guard let content = try context.rows.content(published.digest, in: self.project) else {
            throw DomainError(.notFound, "The bytes of the file \(published.id) are not here.")
        }
        let blob = Blob(
            id: published.id, project: self.project, fileName: published.fileName, content: content,
            author: context.actor, createdAt: min(published.createdAt, context.now))
        try context.record(.blobCreated(blob), in: .project(self.project))
        return true
    }

    private func publish(_ published: PublishedVersion, in context: CommandContext) throws -> Bool {
        guard try context.rows.version(published.id, in: self.project) == nil else { return false }
        guard VersionID.isValid(published.id.rawValue) else {
            throw DomainError(.versionCreate, "A version's id is \(VersionID.digitCount) hexadecimal digits.")
        }
        guard try context.rows.hasContents(of: published.root.files, in: self.project) else {
            throw DomainError(.notFound, "The bytes of a file of the version \(published.id) are not here.")
        }
        let model = try FindOrCreateModel(project: self.project, name: published.modelName).execute(in: context)
        let version = Version(
            id: published.id, project: self.project, model: model.id, root: published.root,
            message: published.message, sourceApplication: published.sourceApplication,
            totalChildrenCount: published.totalChildrenCount, parents: [], author: context.actor,
            createdAt: min(published.createdAt, context.now))
        try context.record(.versionCreated(version), in: .project(self.project))
        return true
    }
}
