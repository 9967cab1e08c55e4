public import ObjectModel

/// Notes that work on an ingestion goes on, without telling anybody: bytes come in.
public struct KeepIngestionOpen: Command {
    public var project: ProjectID
    public var id: IngestionID

    public init(project: ProjectID, id: IngestionID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        var ingestion = try context.rows.openIngestion(self.id, in: self.project, at: context.now)
        ingestion.updatedAt = context.now
        try context.rows.put(ingestion)
    }
}

/// Notes a file that came in for an ingestion, in place of one of the same name.
public struct ReceiveBundleFile: Command {
    public var file: IngestionFile

    public init(_ file: IngestionFile) {
        self.file = file
    }

    /// - Returns: the file that it took the place of.
    public func execute(in context: CommandContext) throws -> IngestionFile? {
        let (project, ingestion) = (self.file.project, self.file.ingestion)
        try KeepIngestionOpen(project: project, id: ingestion).execute(in: context)
        let present = try context.rows.files(of: ingestion, in: project)
        let replaced = present.first { $0.file.isNamed(self.file.file.name) }
        guard replaced != nil || present.count < VersionRoot.fileCountMax else {
            throw DomainError(.badRequest, "A bundle has at most \(VersionRoot.fileCountMax) files.")
        }
        try context.rows.put(self.file)
        return replaced
    }
}

/// Publishes the version that an ingestion was for, of files that came in. Doing it again changes nothing.
public struct CompleteBundle: Command {
    public enum Progress: Equatable, Sendable {
        case done(Version)
        /// Their bytes must be kept before the version is published.
        case open(Ingestion, [IngestionFile])
    }

    public var project: ProjectID
    public var id: IngestionID
    /// Of each file by its name, as it was told when the file came in.
    public var entityTags: [String: String]
    /// What whoever completes it will call the version; `nil` leaves it open.
    public var reference: String?
    public var totalChildrenCount: Int?

    public init(
        project: ProjectID, id: IngestionID, entityTags: [String: String], reference: String?, totalChildrenCount: Int?
    ) {
        self.project = project
        self.id = id
        self.entityTags = entityTags
        self.reference = reference
        self.totalChildrenCount = totalChildrenCount
    }

    /// How far it is, for `actor`.
    ///
    /// - Throws: ``DomainError`` when it cannot be completed so.
    public func progress(
        for actor: UserID?, at now: Timestamp, _ rows: any MetadataReading
    ) throws -> Progress {
        let ingestion = try rows.existingIngestion(self.id, in: self.project)
        try rows.requireMaker(of: ingestion, actor)
        if case .success(let id) = ingestion.state, let version = try rows.version(id, in: self.project),
            self.names(version.root.files)
        {
            return .done(version)
        }
        _ = try rows.openIngestion(self.id, in: self.project, at: now)
        let reference = Version.bundleReference(ingestion.version, of: ingestion.model, in: self.project)
        guard self.reference.map({ $0 == reference }) ?? true else {
            throw DomainError(.userInput, "The root of this bundle is \(reference).")
        }
        let files = try rows.files(of: self.id, in: self.project).filter { self.entityTags[$0.file.name] != nil }
        guard !files.isEmpty, self.names(files.map(\.file)) else {
            throw DomainError(
                .userInput, "The files are not those that were sent: one is missing, or its ETag differs.")
        }
        return .open(ingestion, files)
    }

    /// Whether these are the files, each with its tag, and no others.
    private func names(_ files: [BundleFile]) -> Bool {
        files.count == self.entityTags.count
            && files.allSatisfy { self.entityTags[$0.name] == $0.content.entityTag }
    }

    public func execute(in context: CommandContext) throws -> Version {
        switch try self.progress(for: context.actor, at: context.now, context.rows) {
        case .done(let version): return version
        case .open(let ingestion, let files):
            guard let root = VersionRoot.bundle(of: files.map(\.file)) else {
                throw DomainError(.versionCreate, "Failed to create version: that is no bundle.")
            }
            for file in files { try context.rows.noteContent(file.file.content, in: self.project) }
            let version = CreateVersion(
                project: self.project, model: ingestion.model, root: root,
                totalChildrenCount: self.totalChildrenCount)
            return try context.finish(ingestion, version).1
        }
    }
}
