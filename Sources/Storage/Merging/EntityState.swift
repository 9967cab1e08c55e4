import ObjectModel

/// The live writes of one entity, with the operations that made them.
struct EntityState {
    /// One of the values of a field.
    struct Sibling {
        var write: LiveWrite
        var stamp: Stamp
        var body: OperationBody
        var context: OperationContext

        /// Whether its node had seen the operation `dot` when it made this one.
        func hasSeen(_ dot: Dot) -> Bool { self.context.covers(dot, at: self.stamp.dot) }
    }

    let entity: Entity
    private let siblings: [MergeField: [Sibling]]

    init(_ entity: Entity, in scope: LogScope, _ rows: any MetadataReading) throws {
        var siblings: [MergeField: [Sibling]] = [:]
        // Most entities have been written by few operations.
        var operations: [Dot: DecodedOperation] = [:]
        for write in try rows.liveWrites(of: entity, in: scope) {
            let known = operations[write.dot]
            guard let read = try known ?? rows.operation(write.dot, in: scope).map(DecodedOperation.init) else {
                throw StorageError.corrupt("operation \(write.dot.sequence) of \(write.dot.origin) is not in its log")
            }
            operations[write.dot] = read
            let context = read.content.context
            guard let body = read.content.body else {
                throw StorageError.corrupt("operation \(write.dot.sequence) of \(write.dot.origin) cannot be read")
            }
            let stamp = Stamp(timestamp: read.operation.timestamp, tick: context.tick, dot: write.dot)
            siblings[write.field, default: []].append(
                Sibling(write: write, stamp: stamp, body: body, context: context))
        }
        self.entity = entity
        self.siblings = siblings.mapValues { $0.sorted { $0.stamp < $1.stamp } }
    }

    /// Earliest first.
    subscript(field: MergeField) -> [Sibling] { self.siblings[field] ?? [] }

    /// What made the entity. Where two nodes made it, the earlier one counts.
    var creation: Sibling? { self[.created].first }

    var isDeleted: Bool { !self[.deleted].isEmpty }

    /// The value that is shown of a field that anybody may write.
    func latest(_ field: MergeField) -> Sibling? { self[field].last }

    /// The value that holds of a field where less is safer.
    ///
    /// - Parameter weight: larger allows more.
    func strictest<Value>(_ field: MergeField, _ value: (OperationBody) -> Value?, weight: (Value) -> Int) -> Value? {
        self[field].compactMap { value($0.body) }.min { weight($0) < weight($1) }
    }

    /// The conflict of a field with several values.
    func conflict<Value: Hashable>(
        _ kind: Conflict.Kind, _ field: MergeField, _ value: (OperationBody) -> Value?
    ) -> Conflict? {
        let siblings = self[field]
        guard siblings.count > 1, Set(siblings.map { value($0.body) }).count > 1 else { return nil }
        return Conflict(kind, self.entity, field, siblings.map(\.stamp))
    }
}

extension OperationContext {
    /// Whether the operation `own`, which has this context, was made after seeing `dot`.
    func covers(_ dot: Dot, at own: Dot) -> Bool {
        if self.unseen[dot.origin]?.contains(dot.sequence) ?? false { return false }
        return dot.origin == own.origin
            ? dot.sequence < own.sequence : dot.sequence <= self.seen[dot.origin, default: 0]
    }
}
