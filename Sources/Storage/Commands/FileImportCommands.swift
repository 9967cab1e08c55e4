public import ObjectModel

/// Gives a file of the project to whoever can make a version of it: an ingestion waits for them.
public struct StartFileImport: Command {
    public var project: ProjectID
    public var model: ModelID
    public var file: BlobID
    /// As it was told when the file came in; `nil` when it came just now.
    public var entityTag: String?

    public init(project: ProjectID, model: ModelID, file: BlobID, entityTag: String?) {
        self.project = project
        self.model = model
        self.file = file
        self.entityTag = entityTag
    }

    public func execute(in context: CommandContext) throws -> Ingestion {
        let model = try context.existingModel(self.model, in: self.project)
        guard let blob = try context.rows.blob(self.file, in: self.project) else {
            throw DomainError(.notFound, "The file was not uploaded to this project.")
        }
        guard self.entityTag.map({ $0 == blob.content.entityTag }) ?? true else {
            throw DomainError(.fileUpload, "The ETag is not that of the uploaded file.")
        }
        guard try context.rows.ingestion(of: self.file, in: self.project) == nil else {
            throw DomainError(.fileRegistered, "The file was given to be imported before.")
        }
        let source = Ingestion.Source(
            application: blob.fileType, applicationVersion: "", fileName: blob.fileName,
            fileByteCount: Int(clamping: blob.byteCount))
        let file = Ingestion.File(
            id: blob.id, name: blob.fileName, byteCount: blob.byteCount, modelName: model.name)
        return try context.open(
            in: model, source, of: file, .queued(message: "Waiting for an importer"), CreateIngestion.idleSecondsMax)
    }
}

/// An importer tells what became of a file: a version that it made, or nothing.
public struct FinishFileImport: Command {
    public enum Outcome: Equatable, Sendable {
        case version(VersionID)
        case failure(reason: String)
    }

    public var project: ProjectID
    public var file: BlobID
    public var outcome: Outcome

    public init(project: ProjectID, file: BlobID, _ outcome: Outcome) {
        self.project = project
        self.file = file
        self.outcome = outcome
    }

    public func execute(in context: CommandContext) throws -> Ingestion {
        guard let known = try context.rows.ingestion(of: self.file, in: self.project) else {
            throw DomainError(.importNotFound, "Nothing is made of such a file.")
        }
        try context.rows.requireMaker(of: known, context.actor)
        switch self.outcome {
        case .version(let version):
            // Where the importer completed the ingestion, this repeats it.
            guard known.state != .success(version) else { return known }
            guard try context.rows.version(version, in: self.project) != nil else {
                throw DomainError(.importResult, "The version of a finished import must be in the project.")
            }
            return try context.change(try context.openIngestion(known.id, in: self.project), to: .success(version))
        case .failure(let reason):
            return try context.change(
                try context.openIngestion(known.id, in: self.project),
                to: .failed(reason: try IngestionText.checked(reason), stacktrace: nil))
        }
    }
}
