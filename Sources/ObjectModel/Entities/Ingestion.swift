/// The making of one version, told to people while it goes on: a connector that sends, or a file that is read.
///
/// It belongs to one region. What becomes of it is an ordinary version.
public struct Ingestion: Equatable, Sendable, Codable {
    public enum State: Equatable, Sendable, Codable {
        /// Nobody works on it yet.
        case queued(message: String)
        /// - Parameter progress: 0 to 1; `nil` when that is not known.
        case processing(message: String, progress: Double?)
        case success(VersionID)
        case failed(reason: String, stacktrace: String?)
        case cancelled(message: String)
        /// Nothing was heard of it for too long.
        case timedOut
    }

    /// What it is made from.
    public struct Source: Equatable, Sendable, Codable {
        public var application: String
        public var applicationVersion: String
        public var fileName: String?
        public var fileByteCount: Int?

        public init(
            application: String, applicationVersion: String, fileName: String? = nil, fileByteCount: Int? = nil
        ) {
            self.application = application
            self.applicationVersion = applicationVersion
            self.fileName = fileName
            self.fileByteCount = fileByteCount
        }
    }

    /// The file of the project that it is made from, when that was given to the node for it.
    public struct File: Equatable, Sendable, Codable {
        public var id: BlobID
        /// What it was called then.
        public var name: String
        public var byteCount: UInt64
        /// What the model was called then.
        public var modelName: String

        public init(id: BlobID, name: String, byteCount: UInt64, modelName: String) {
            self.id = id
            self.name = name
            self.byteCount = byteCount
            self.modelName = modelName
        }

        /// As ``Blob/fileType``.
        public var type: String { Blob.fileType(of: self.name) }
    }

    public var id: IngestionID
    public var project: ProjectID
    public var model: ModelID
    /// Who makes it.
    public var user: UserID
    /// What the version will be called.
    public var version: VersionID
    public var source: Source
    /// `nil` when whoever makes it has what it is made from.
    public var file: File?
    public var state: State
    public var isCancellationRequested: Bool
    /// Seconds without any news after which it is given up.
    public var idleSecondsMax: Int
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: IngestionID, project: ProjectID, model: ModelID, user: UserID, version: VersionID, source: Source,
        file: File? = nil, state: State, idleSecondsMax: Int, createdAt: Timestamp
    ) {
        self.id = id
        self.project = project
        self.model = model
        self.user = user
        self.version = version
        self.source = source
        self.file = file
        self.state = state
        self.isCancellationRequested = false
        self.idleSecondsMax = idleSecondsMax
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }

    /// Nothing becomes of it any more.
    public var isOver: Bool {
        switch self.state {
        case .queued, .processing: false
        case .success, .failed, .cancelled, .timedOut: true
        }
    }

    /// When it is given up, if nothing is heard until then; `nil` when it is over.
    public var deadline: Timestamp? {
        guard !self.isOver else { return nil }
        return Timestamp(
            millisecondsSinceEpoch: self.updatedAt.millisecondsSinceEpoch + Int64(self.idleSecondsMax) * 1000)
    }
}

/// A file that came in for a version in the making. It shows nowhere until the version is complete.
public struct IngestionFile: Equatable, Sendable {
    public var project: ProjectID
    public var ingestion: IngestionID
    public var file: BundleFile
    /// Where its bytes are.
    public var place: PutAsideID

    public init(project: ProjectID, ingestion: IngestionID, file: BundleFile, place: PutAsideID) {
        self.project = project
        self.ingestion = ingestion
        self.file = file
        self.place = place
    }
}

/// Names a file that is put aside at one node. Never given twice.
public struct PutAsideID: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}
