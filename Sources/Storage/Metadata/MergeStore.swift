public import ObjectModel

/// Which operations of a scope count, and where they disagree. Derived from the logs.
public protocol MergeReading {
    /// In any order.
    func liveWrites(of entity: Entity, in scope: LogScope) throws -> [LiveWrite]
    /// The entities with a live write of `field` whose key is `key`, each once, in any order.
    func entities(in scope: LogScope, where field: MergeField, is key: String) throws -> [Entity]
    func operation(_ dot: Dot, in scope: LogScope) throws -> Operation?
    /// When the entity, or something below it, was changed last.
    func lastTouch(of entity: Entity, in scope: LogScope) throws -> Timestamp?
    /// Open ones, the newest first.
    func conflicts(in scope: LogScope) throws -> [Conflict]
    /// The open ones of one entity, in any order.
    func conflicts(of entity: Entity, in scope: LogScope) throws -> [Conflict]
}

public protocol MergeWriting {
    func put(_ write: LiveWrite, in scope: LogScope) throws
    func delete(_ write: LiveWrite, in scope: LogScope) throws
    /// Keeps the latest time of an entity.
    func touch(_ entity: Entity, in scope: LogScope, at time: Timestamp) throws
    /// From now on exactly these conflicts of the entity are open.
    func replaceConflicts(of entity: Entity, in scope: LogScope, with conflicts: [Conflict]) throws
    func deleteConflicts(in scope: LogScope) throws
}
