package import ObjectModel

extension Activity {
    /// What an operation of the log of `project` is in the project's activity: nothing, an entry, or two, where it closes a
    /// conflict that opened once.
    package static func entries(
        of operation: Operation, _ body: OperationBody, in project: ProjectID
    ) -> [Activity] {
        guard let facts = body.activity(in: project) else { return [] }
        let dot = Dot(operation)
        let entry = Activity(
            id: self.id("\(dot.origin) \(dot.sequence)"), project: project,
            position: self.position(operation.timestamp, Int64(dot.sequence % 1000)), actor: operation.actor,
            facts: facts)
        return [entry] + [self.opening(of: facts, in: project)].compactMap(\.self)
    }

    package static func opening(of conflict: Conflict, in project: ProjectID) -> Activity {
        self.opening(
            conflict.id, ClosedConflict(conflict).facts(ActivityFacts.conflictOpened, in: project),
            at: conflict.openedAt, in: project)
    }

    /// What is known of a conflict by its end.
    private static func opening(of end: ActivityFacts, in project: ProjectID) -> Activity? {
        guard end.action == ActivityFacts.conflictClosed, let conflict = end.info["conflict"],
            let time = end.info["openedAt"].flatMap({ Int64($0) })
        else { return nil }
        var facts = end
        facts.action = ActivityFacts.conflictOpened
        return self.opening(conflict, facts, at: Timestamp(millisecondsSinceEpoch: time), in: project)
    }

    /// Behind what was done in the same moment.
    private static func opening(
        _ conflict: String, _ facts: ActivityFacts, at time: Timestamp, in project: ProjectID
    ) -> Activity {
        Activity(
            id: self.id("conflict \(conflict)"), project: project, position: self.position(time, 999), actor: nil,
            facts: facts)
    }

    private static func id(_ text: String) -> String {
        String(Array(text.utf8).withUnsafeBytes { ContentHash(of: $0) }.description.prefix(20))
    }
}

/// Keeps the entries of one project's activity.
///
/// Those of operations follow from each of them alone. That a conflict opened is an entry while it is open; it stays when
/// somebody closes the conflict, which is an operation of its own. So entries are a function of the set of operations.
struct ActivityBook {
    private let rows: any MetadataWriting
    private let project: ProjectID

    init(_ rows: any MetadataWriting, _ project: ProjectID) {
        self.rows = rows
        self.project = project
    }

    /// An operation was applied.
    func note(_ operation: Operation, _ body: OperationBody) throws {
        let entries = Activity.entries(of: operation, body, in: self.project)
        guard try !entries.isEmpty && self.rows.project(self.project) != nil else { return }
        for entry in entries { try self.rows.put(entry) }
    }

    /// Conflicts opened, or are open no more.
    func replace(_ before: [Conflict], with after: [Conflict]) throws {
        let (old, new) = (Set(before.map(\.id)), Set(after.map(\.id)))
        for conflict in before where !new.contains(conflict.id) {
            try self.rows.withdraw(.opening(of: conflict, in: self.project))
        }
        for conflict in after where !old.contains(conflict.id) {
            try self.rows.putProvisional(.opening(of: conflict, in: self.project))
        }
    }
}

/// Conflicts that open and end while operations are applied.
final class ConflictChanges {
    private(set) var opened: [Conflict] = []
    private(set) var ended: [Conflict] = []

    func add(opened: [Conflict], ended: [Conflict]) {
        self.opened += opened
        self.ended += ended
    }
}
