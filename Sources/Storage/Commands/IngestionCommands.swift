public import ObjectModel

/// Says that a version is being made, and reserves its id.
public struct CreateIngestion: Command {
    /// Seconds without news after which an ingestion is given up, unless whoever makes it says otherwise.
    public static let idleSecondsDefault = 600
    static let idleSecondsMax = 86_400
    /// Of one project at a time.
    fileprivate static let countMax = 1000

    public var project: ProjectID
    public var model: ModelID
    public var message: String
    public var source: Ingestion.Source
    public var idleSeconds: Int?

    public init(
        project: ProjectID, model: ModelID, message: String, source: Ingestion.Source, idleSeconds: Int? = nil
    ) {
        self.project = project
        self.model = model
        self.message = message
        self.source = source
        self.idleSeconds = idleSeconds
    }

    public func execute(in context: CommandContext) throws -> Ingestion {
        let idleSeconds = self.idleSeconds ?? Self.idleSecondsDefault
        guard (1...Self.idleSecondsMax).contains(idleSeconds) else {
            throw DomainError(.userInput, "The idle time-out must be 1 to \(Self.idleSecondsMax) seconds.")
        }
        let state = Ingestion.State.processing(message: try IngestionText.checked(self.message), progress: nil)
        return try context.open(
            in: try context.existingModel(self.model, in: self.project), self.source, state, idleSeconds)
    }
}

/// Tells how an ingestion goes on, or how it ended.
public struct ChangeIngestion: Command {
    public enum Change: Equatable, Sendable {
        case start(message: String, Ingestion.Source)
        case requeue(message: String)
        case progress(message: String, Double?)
        case fail(reason: String, stacktrace: String?)
        case cancel(message: String)
        /// Asks whoever makes it to stop.
        case requestCancellation
    }

    public var project: ProjectID
    public var id: IngestionID
    public var change: Change

    public init(project: ProjectID, id: IngestionID, _ change: Change) {
        self.project = project
        self.id = id
        self.change = change
    }

    public func execute(in context: CommandContext) throws -> Ingestion {
        var ingestion = try context.openIngestion(self.id, in: self.project)
        switch self.change {
        case .start(let message, let source):
            ingestion.state = .processing(message: try IngestionText.checked(message), progress: nil)
            ingestion.source = source
        case .requeue(let message): ingestion.state = .queued(message: try IngestionText.checked(message))
        case .progress(let message, let progress):
            guard progress.map({ (0...1).contains($0) }) ?? true else {
                throw DomainError(.userInput, "Progress is a number from 0 to 1.")
            }
            ingestion.state = .processing(message: try IngestionText.checked(message), progress: progress)
        case .fail(let reason, let stacktrace):
            ingestion.state = .failed(
                reason: try IngestionText.checked(reason), stacktrace: stacktrace.map(IngestionText.cut))
        case .cancel(let message): ingestion.state = .cancelled(message: try IngestionText.checked(message))
        case .requestCancellation: ingestion.isCancellationRequested = true
        }
        ingestion.updatedAt = context.now
        try context.rows.put(ingestion)
        context.tell(ingestion, self.change == .requestCancellation ? nil : .updated)
        return ingestion
    }
}

/// Publishes the version that an ingestion was for.
public struct CompleteIngestion: Command {
    public var project: ProjectID
    public var id: IngestionID
    public var rootObject: ObjectID
    public var message: String?

    public init(project: ProjectID, id: IngestionID, rootObject: ObjectID, message: String?) {
        self.project = project
        self.id = id
        self.rootObject = rootObject
        self.message = message
    }

    public func execute(in context: CommandContext) throws -> Ingestion {
        let ingestion = try context.openIngestion(self.id, in: self.project)
        let version = CreateVersion(
            project: self.project, model: ingestion.model, root: .object(self.rootObject), message: self.message)
        return try context.finish(ingestion, version).0
    }
}

/// Gives up ingestions that nothing was heard of, and forgets those that have been over for a week.
public struct ExpireIngestions: Command {
    private static let countMax = 500
    private static let keptMilliseconds: Int64 = 7 * 86_400_000

    public init() {}

    public func execute(in context: CommandContext) throws {
        for ingestion in try context.rows.ingestions(dueAt: context.now, limit: Self.countMax) {
            _ = try context.change(ingestion, to: .timedOut)
        }
        try context.rows.deleteIngestions(
            overBefore: Timestamp(
                millisecondsSinceEpoch: context.now.millisecondsSinceEpoch - Self.keptMilliseconds))
    }
}

extension IngestionReading {
    /// An ingestion that goes on.
    ///
    /// - Throws: ``DomainError``.
    public func openIngestion(
        _ id: IngestionID, in project: ProjectID, at now: Timestamp
    ) throws -> Ingestion {
        let ingestion = try self.existingIngestion(id, in: project)
        // Whether anybody has noticed that yet or not.
        guard !ingestion.isOver, ingestion.deadline.map({ $0 > now }) ?? true else {
            throw DomainError(.badRequest, "The ingestion is over already.")
        }
        return ingestion
    }

    func existingIngestion(_ id: IngestionID, in project: ProjectID) throws -> Ingestion {
        guard let ingestion = try self.ingestion(id, in: project) else {
            throw DomainError(.notFound, "There is no such ingestion.")
        }
        return ingestion
    }
}

extension MetadataReading {
    /// Refuses what is not for `actor` to change: their own ingestions are, and any one of a project that they own.
    ///
    /// - Throws: ``DomainError``.
    public func requireMaker(of ingestion: Ingestion, _ actor: UserID?) throws {
        guard let actor,
            try ingestion.user == actor || self.role(of: actor, in: ingestion.project) == .owner
        else { throw DomainError(.forbidden, "That is somebody else's ingestion.") }
    }
}

extension CommandContext {
    /// Begins an ingestion in somebody's name.
    func open(
        in model: Model, _ source: Ingestion.Source, of file: Ingestion.File? = nil, _ state: Ingestion.State,
        _ idleSeconds: Int
    ) throws -> Ingestion {
        let user = try self.signedIn()
        let project = model.project
        if let refusal = try self.place.refusal(for: project, self.rows) { throw refusal }
        guard try self.rows.openIngestionCount(in: project) < CreateIngestion.countMax else {
            throw DomainError(
                .badRequest, "\(CreateIngestion.countMax) versions are being made in this project already.")
        }
        let ingestion = Ingestion(
            id: try self.freshID { try self.rows.ingestion($0, in: project) != nil }, project: project,
            model: model.id, user: user,
            version: try self.freshID { try self.rows.version($0, in: project) != nil },
            source: source, file: file, state: state, idleSecondsMax: idleSeconds, createdAt: self.now)
        try self.rows.put(ingestion)
        self.tell(ingestion, .created)
        return ingestion
    }

    func openIngestion(_ id: IngestionID, in project: ProjectID) throws -> Ingestion {
        try self.rows.requireMaker(of: try self.rows.existingIngestion(id, in: project), self.actor)
        return try self.rows.openIngestion(id, in: project, at: self.now)
    }

    /// Publishes the version of an ingestion, which is over by that.
    func finish(_ ingestion: Ingestion, _ version: CreateVersion) throws -> (Ingestion, Version) {
        var version = version
        (version.sourceApplication, version.id) = (ingestion.source.application, ingestion.version)
        let published = try version.execute(in: self)
        return (try self.change(ingestion, to: .success(published.id)), published)
    }

    func change(_ ingestion: Ingestion, to state: Ingestion.State) throws -> Ingestion {
        var ingestion = ingestion
        ingestion.state = state
        ingestion.updatedAt = self.now
        try self.rows.put(ingestion)
        self.tell(ingestion, .updated)
        return ingestion
    }

    /// - Parameter change: `nil` says that it should stop.
    fileprivate func tell(_ ingestion: Ingestion, _ change: DomainEvent.Change?) {
        let subject: DomainEvent.Subject =
            change == nil
            ? .cancellation(ingestion.id, ingestion.model) : .ingestion(ingestion.id, ingestion.model)
        self.rows.tell(
            DomainEvent(scope: .project(ingestion.project), subject: subject, change: change ?? .updated))
    }
}

/// What connectors say of their work.
enum IngestionText {
    private static let messageByteCountMax = 4096
    private static let stacktraceByteCountMax = 65_536

    static func checked(_ text: String) throws -> String {
        guard text.utf8.count <= self.messageByteCountMax else {
            throw DomainError(.userInput, "A message has at most \(self.messageByteCountMax) bytes.")
        }
        return text
    }

    static func cut(_ text: String) -> String {
        String(decoding: text.utf8.prefix(self.stacktraceByteCountMax), as: UTF8.self)
    }
}
