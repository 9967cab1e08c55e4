public import ObjectModel

/// Rows that a release before did not keep, from logs.
extension MetadataService {
    /// Derives from the logs of `scope` which operations count, for rows that were made before that was kept. Logs of that
    /// time have seen nothing of each other.
    public static func note(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        let merge = Merge(rows: transaction, scope: scope)
        for origin in try transaction.origins(in: scope) {
            try transaction.forEachOperation(of: origin, in: scope) { operation in
                try merge.note(operation, OperationContent(decoding: operation.body))
            }
        }
    }

    /// Derives from the logs of a project who made its versions and whose right to was given or taken, for rows that were
    /// made before that was kept, and sets aside what must be.
    public static func noteRights(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        guard case .project(let project) = scope else { return }
        let merge = Merge(rows: transaction, scope: scope)
        var users: Set<UserID> = []
        try CausalOrder.visit(scope, transaction) { decoded in
            try merge.note(
                decoded.operation, decoded.content, only: [.author, .accepted, .granted, .revoked])
            if case .roleChanged(let change) = decoded.content.body { users.insert(change.user) }
        }
        for user in users.sorted() { try ProjectMerge(merge, project).settleVersions(by: user) }
    }

    /// Derives policies from the logs of a project: a release that did not know of policies kept the operations, and no more.
    public static func notePolicy(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        guard case .project(let project) = scope else { return }
        let merge = Merge(rows: transaction, scope: scope)
        var written: PolicyChange?
        try CausalOrder.visit(scope, transaction) { decoded in
            guard case .policyChanged(let change) = decoded.content.body else { return }
            try merge.note(decoded.operation, decoded.content)
            written = PolicyChange(home: change.home ?? written?.home)
        }
        if let written { try ProjectMerge(merge, project).settle(.policyChanged(written)) }
    }

    /// Derives the activity of a project from its logs and open conflicts.
    public static func noteActivity(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        guard case .project(let project) = scope, try transaction.project(project) != nil else { return }
        let book = ActivityBook(transaction, project)
        for origin in try transaction.origins(in: scope) {
            try transaction.forEachOperation(of: origin, in: scope) { operation in
                guard let body = OperationContent(decoding: operation.body).body, body.belongs(to: scope) else {
                    return
                }
                try book.note(operation, body)
            }
        }
        try book.replace([], with: try transaction.conflicts(in: scope))
    }

    /// Derives rows from operations that a release before kept and did not understand.
    ///
    /// - Parameters:
    ///   - fields: those that it did not know of these operations; all when `nil`.
    ///   - isNew: whether that release did not know an operation.
    public static func noteNew(
        _ scope: LogScope, in transaction: any MetadataWriting, fields: Set<MergeField>? = nil,
        where isNew: (OperationBody) -> Bool
    ) throws {
        let merge = Merge(rows: transaction, scope: scope)
        var bodies: [OperationBody] = []
        try CausalOrder.visit(scope, transaction) { decoded in
            guard let body = decoded.content.body, isNew(body) else { return }
            try merge.note(decoded.operation, decoded.content, only: fields)
            bodies.append(body)
        }
        for body in bodies { try merge.settle(body) }
    }
}
