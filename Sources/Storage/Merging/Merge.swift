import ObjectModel

/// Makes rows of operations that several nodes made without asking each other. The rows are a function of the set of
/// operations: the order in which they came makes no difference, as long as each comes after all that it had seen.
///
/// Live writes say which operations count (``LiveWrite``). After each operation the rows of what it wrote to are made
/// anew of them.
struct Merge {
    let rows: any MetadataWriting
    let scope: LogScope
    /// Hears of conflicts that open and end.
    var changes: ConflictChanges?

    /// Takes an operation that is in its log.
    func apply(_ operation: Operation, _ content: OperationContent) throws {
        guard let body = try self.note(operation, content) else { return }
        try self.settle(body)
        if case .project(let project) = self.scope { try ActivityBook(self.rows, project).note(operation, body) }
    }

    /// Makes those rows anew that `body` may have changed.
    func settle(_ body: OperationBody) throws {
        switch self.scope {
        case .server: try ServerMerge(self).settle(body)
        case .project(let project): try ProjectMerge(self, project).settle(body)
        }
    }

    /// Notes which writes live after the operation: those that it had seen are over.
    ///
    /// - Parameter fields: that are noted; the others were before.
    /// - Returns: what the operation does; `nil` when it means nothing here.
    @discardableResult
    func note(
        _ operation: Operation, _ content: OperationContent, only fields: Set<MergeField>? = nil
    ) throws -> OperationBody? {
        guard let body = content.body, body.belongs(to: self.scope) else { return nil }
        let (dot, context) = (Dot(operation), content.context)
        let all = body.writes(by: dot, operation.actor).filter { fields?.contains($0.field) ?? true }
        for (entity, writes) in Dictionary(grouping: all, by: \.entity) {
            for other in try self.rows.liveWrites(of: entity, in: self.scope)
            where context.covers(other.dot, at: dot) && writes.contains(where: { $0.ends(other) }) {
                try self.rows.delete(other, in: self.scope)
            }
            for write in writes { try self.rows.put(write, in: self.scope) }
        }
        if self.scope != .server, fields == nil {
            for entity in body.touched { try self.touch(entity, at: operation.timestamp) }
        }
        return body
    }

    /// With a version also the models that it was made in.
    private func touch(_ entity: Entity, at time: Timestamp) throws {
        try self.rows.touch(entity, in: self.scope, at: time)
        guard case .version = entity, let last = try self.rows.lastTouch(of: entity, in: self.scope) else { return }
        for write in try self.rows.liveWrites(of: entity, in: self.scope) where write.field == .created {
            if let model = write.key { try self.touch(.model(ModelID(rawValue: model)), at: last) }
        }
    }

    /// Which model the version stands in: the one that it was moved to last, as far as there ever was such a model.
    func place(of version: EntityState) throws -> EntityState.Sibling? {
        try version[.model].last { write in
            guard let model = write.write.key else { return false }
            return try self.rows.liveWrites(of: .model(ModelID(rawValue: model)), in: self.scope)
                .contains { $0.field == .created }
        }
    }

    func state(of entity: Entity) throws -> EntityState { try EntityState(entity, in: self.scope, self.rows) }
}
