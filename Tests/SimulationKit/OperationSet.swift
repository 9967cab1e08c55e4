import ObjectModel
import Storage

/// All operations of one scope, as a set, and which of them nobody wrote over. Knows nothing of how nodes merge.
struct OperationSet {
    struct Entry {
        let operation: Operation
        let body: OperationBody
        let context: OperationContext

        var stamp: Stamp {
            Stamp(timestamp: self.operation.timestamp, tick: self.context.tick, dot: Dot(self.operation))
        }

        /// Whether the node that made this had seen `other`.
        func saw(_ other: Entry) -> Bool {
            let dot = Dot(other.operation)
            if self.context.unseen[dot.origin]?.contains(dot.sequence) ?? false { return false }
            guard other.operation.origin == self.operation.origin else {
                return other.operation.sequence <= self.context.seen[other.operation.origin, default: 0]
            }
            return other.operation.sequence < self.operation.sequence
        }
    }

    /// A value that is not written over, and who wrote it.
    struct Value<Content> {
        let entry: Entry
        let content: Content

        var stamp: Stamp { self.entry.stamp }
    }

    private let entries: [Entry]

    init(_ logs: [NodeID: [Operation]]) {
        self.entries = logs.values.joined().compactMap { operation in
            let content = OperationContent(decoding: operation.body)
            return content.body.map { Entry(operation: operation, body: $0, context: content.context) }
        }
    }

    /// All that `pick` finds, the earliest first.
    func writes<Content>(_ pick: (OperationBody) -> Content?) -> [Value<Content>] {
        self.entries.compactMap { entry in pick(entry.body).map { Value(entry: entry, content: $0) } }
            .sorted { $0.stamp < $1.stamp }
    }

    /// What `pick` finds, as far as no later write that saw it is found as well; the earliest first.
    func values<Content>(_ pick: (OperationBody) -> Content?) -> [Value<Content>] {
        let found = self.writes(pick)
        return found.filter { value in !found.contains { $0.entry.saw(value.entry) } }
    }

    /// What the operations are in the activity of their project, each entry once, newest first, with those of open conflicts.
    func activity(in project: ProjectID, _ open: [Conflict]) -> [Activity] {
        let entries = self.entries.flatMap { Activity.entries(of: $0.operation, $0.body, in: project) }
        let all = Dictionary(
            (entries + open.map { .opening(of: $0, in: project) }).map { ($0.id, $0) },
            uniquingKeysWith: { one, _ in one })
        return all.values.sorted { ($1.position, $1.id) < ($0.position, $0.id) }
    }

    /// When the last operation was made that `counts`.
    func lastTime(_ counts: (OperationBody) -> Bool) -> Timestamp? {
        self.entries.filter { counts($0.body) }.map(\.operation.timestamp).max()
    }

    /// Each thing once, whatever became of it.
    func all<ID: Hashable & Comparable>(_ pick: (OperationBody) -> ID?) -> [ID] {
        Set(self.entries.compactMap { pick($0.body) }).sorted()
    }

    /// Whether it was deleted, and not made anew by somebody who saw that.
    func isDeleted(_ pick: (OperationBody) -> Bool?) -> Bool { self.values(pick).contains { $0.content } }
}

extension Conflict {
    /// Of values that differ.
    static func among<Content: Hashable>(
        _ values: [OperationSet.Value<Content>], _ kind: Kind, _ entity: Entity, _ field: MergeField
    ) -> Conflict? {
        Set(values.map(\.content)).count > 1 ? self.of(values.map(\.stamp), kind, entity, field) : nil
    }

    static func of(_ stamps: [Stamp], _ kind: Kind, _ entity: Entity, _ field: MergeField) -> Conflict {
        Conflict(
            kind: kind, entity: entity, field: field, dots: Set(stamps.map(\.dot)).sorted(),
            openedAt: stamps.map(\.timestamp).max() ?? Timestamp(millisecondsSinceEpoch: 0))
    }
}
