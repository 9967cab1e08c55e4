public import ObjectModel

/// Gives a project a file whose bytes are durable on this node.
public struct AddBlob: Command {
    public var project: ProjectID
    public var fileName: String
    public var content: BlobContent
    /// Names the file; `nil` takes a new random id.
    public var id: BlobID?

    public init(project: ProjectID, fileName: String, content: BlobContent, id: BlobID? = nil) {
        self.project = project
        self.fileName = fileName
        self.content = content
        self.id = id
    }

    public func execute(in context: CommandContext) throws -> Blob {
        _ = try context.existingProject(self.project)
        if let id, let present = try context.rows.blob(id, in: self.project) { return present }
        let blob = Blob(
            id: try self.id ?? context.freshID { try context.rows.blob($0, in: self.project) != nil },
            project: self.project, fileName: self.fileName, content: self.content, author: context.actor,
            createdAt: context.now)
        try context.record(.blobCreated(blob), in: .project(self.project))
        return blob
    }
}

/// Takes a file away from a project.
public struct DeleteBlob: Command {
    public var project: ProjectID
    public var id: BlobID

    public init(project: ProjectID, id: BlobID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        guard try context.rows.blob(self.id, in: self.project) != nil else {
            throw DomainError(.notFound, "Blob not found")
        }
        try context.record(.blobDeleted(self.id), in: .project(self.project))
    }
}
