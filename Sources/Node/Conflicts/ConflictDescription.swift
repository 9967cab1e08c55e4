import ObjectModel
import Storage

/// A conflict as people are shown it.
struct ConflictDescription: Encodable, Sendable {
    struct Side: Encodable, Sendable {
        /// The name of the region in the roster, or the id of its node.
        var region: String
        var user: String?
        var userName: String?
        var at: String
        var value: String?
    }

    var id: String
    var kind: String
    var entity: String
    var field: String?
    var openedAt: String
    var sides: [Side]

    /// Nodes by their names, where a value names nodes.
    private static func named(_ value: String, in field: MergeField?, _ roster: Roster?) -> String {
        guard let roster, field == .regions || field == .home || field == .accepted else { return value }
        return roster.nodes.reduce(value) { $0.replacing($1.id.rawValue, with: $1.name) }
    }

    /// The open conflicts of `scope`, the newest first. Those of webhooks are for owners only, as webhooks are.
    ///
    /// - Parameter principal: who asks.
    static func all(
        in scope: LogScope, for principal: Principal?, _ roster: Roster?, _ rows: any MetadataReading
    ) throws -> [ConflictDescription] {
        var conflicts = try rows.conflicts(in: scope)
        if case .project(let project) = scope, conflicts.contains(where: \.isOfWebhook),
            try ProjectRules.refusal(of: .own, on: project, for: principal, rows) != nil
        {
            conflicts.removeAll(where: \.isOfWebhook)
        }
        return try conflicts.map { conflict in
            ConflictDescription(
                id: conflict.id, kind: conflict.kind.rawValue, entity: conflict.entity.key,
                field: conflict.field?.rawValue, openedAt: conflict.openedAt.iso8601,
                sides: try conflict.sides(in: scope, rows).map { side in
                    Side(
                        region: roster?.node(side.node)?.name ?? side.node.rawValue, user: side.actor?.rawValue,
                        userName: try side.actor.flatMap { try rows.user($0)?.name }, at: side.at.iso8601,
                        value: side.value.map { Self.named($0, in: conflict.field, roster) })
                })
        }
    }
}

extension Conflict {
    fileprivate var isOfWebhook: Bool {
        if case .webhook = self.entity { true } else { false }
    }
}
