import ObjectModel
import Storage
import StorageTestKit

/// What must be so at the end.
extension Judge {
    /// Regions with the same operations are equal, have all that was promised, and show what these operations say; and they have
    /// the same, as far as policies allow it.
    mutating func settle(_ regions: [SimulatedRegion]) async throws {
        var ends: [[LogScope: [NodeID: UInt64]]] = []
        for region in regions { ends.append(try await Self.ends(of: region)) }
        let all = ends.joined().reduce(into: [LogScope: [NodeID: UInt64]]()) { all, log in
            all[log.key, default: [:]].merge(log.value, uniquingKeysWith: max)
        }
        for (scope, marks) in all.sorted(by: { $0.key.name < $1.key.name }) where scope != .server {
            try await ResidencyJudge.settle(scope.name, self.operations(of: scope, upTo: marks), regions)
        }
        for promise in self.promises {
            let (dot, operation) = (promise.dot, promise.operation)
            guard dot.sequence <= all[operation.scope]?[dot.origin] ?? 0,
                self.archive[operation.scope]?[dot.origin]?[dot.sequence] == operation
            else { throw SimulationFailure("operation \(dot.sequence) of \(dot.origin) was promised and is lost") }
        }
        for region in regions { try await self.requireLogs(of: region) }
        self.toldCount += try await WebhookJudge.settle(regions)
        try await self.compareAll(regions, ends, all)
    }

    private func operations(of scope: LogScope, upTo marks: [NodeID: UInt64]) -> [NodeID: [Operation]] {
        (self.archive[scope] ?? [:]).reduce(into: [:]) { logs, log in
            let known = log.value.values.filter { $0.sequence <= marks[log.key, default: 0] }
            if !known.isEmpty { logs[log.key] = known.sorted { $0.sequence < $1.sequence } }
        }
    }

    /// The first region that has these operations of a scope, and what it shows.
    private struct Shown {
        let ends: [NodeID: UInt64]
        let rows: MetadataSnapshot.ProjectRows
        let conflicts: Set<String>
        /// `nil` where the region is to remove the project: others give it nothing, or it takes nothing.
        let texts: [ObjectID: [UInt8]]?
    }

    private mutating func compareAll(
        _ regions: [SimulatedRegion], _ ends: [[LogScope: [NodeID: UInt64]]], _ all: [LogScope: [NodeID: UInt64]]
    ) async throws {
        let server = ServerOracle(OperationSet(self.operations(of: .server, upTo: all[.server] ?? [:])))
        var shown: [ProjectID: [Shown]] = [:]
        for (region, ends) in zip(regions, ends) {
            let projects = try await RandomWork.projects(of: region.store)
            let snapshot = try await MetadataSnapshot(of: region.store, projects: projects)
            let conflicts = try await Self.conflicts(of: region, projects)
            guard ends[.server] == all[.server] else { throw SimulationFailure("regions have different logs") }
            try Self.compare(snapshot, conflicts[.server] ?? [], server)
            for project in projects {
                guard let rows = snapshot.projects[project] else {
                    throw SimulationFailure("project \(project) was not read")
                }
                let scope = LogScope.project(project)
                let isLeaving = try await region.store.read { try $0.purge(of: project) } != nil
                let isAllowed = !isLeaving && rows.policy?.regions.contains(region.node) ?? true
                let own = Shown(
                    ends: ends[scope] ?? [:], rows: rows, conflicts: conflicts[scope] ?? [],
                    texts: isAllowed ? region.journal(of: project)?.texts ?? [:] : nil)
                if let first = shown[project]?.first(where: { $0.ends == own.ends && ($0.texts == nil) == !isAllowed })
                {
                    try Self.requireEqual(own, first)
                } else {
                    let oracle = ProjectOracle(project, OperationSet(self.operations(of: scope, upTo: own.ends)))
                    try Self.compare(own, oracle)
                    shown[project, default: []].append(own)
                    self.count(oracle.conflicts)
                }
            }
        }
        self.conflictCount += server.conflicts.count
    }

    private mutating func count(_ conflicts: [Conflict]) {
        self.conflictCount += conflicts.count
        self.policyConflictCount += conflicts.count { [.regions, .home, .edges, .copies].contains($0.field) }
    }

    private static func requireEqual(_ one: Shown, _ other: Shown) throws {
        guard one.rows == other.rows else { throw SimulationFailure("regions show different projects") }
        guard one.conflicts == other.conflicts else { throw SimulationFailure("regions show different conflicts") }
        guard one.rows.project == nil || one.texts == other.texts else {
            throw SimulationFailure("regions have different objects")
        }
    }

    /// Logs have gaps only where they may, and all that is left in them is what was written.
    private func requireLogs(of region: SimulatedRegion) async throws {
        let archive = self.archive
        try await region.store.read { rows in
            for scope in try rows.scopes() {
                let compacted = try rows.compactedMarks(in: scope)
                for (origin, last) in try rows.lastSequences(in: scope) {
                    let log = try rows.operations(of: origin, in: scope, after: 0, limit: .max)
                    let mark = compacted[origin, default: 0]
                    guard log.filter({ $0.sequence > mark }).count == last - min(last, mark) else {
                        throw SimulationFailure("a log has a hole behind what was compacted")
                    }
                    for operation in log {
                        guard let written = archive[scope]?[origin]?[operation.sequence] else {
                            throw SimulationFailure("a log has what nobody wrote")
                        }
                        let isTrace = try operation.sequence < mark && DecodedOperation(written).trace == operation
                        guard operation == written || isTrace else {
                            throw SimulationFailure("a log has something else than was written")
                        }
                    }
                }
            }
        }
    }

    private static func conflicts(
        of region: SimulatedRegion, _ projects: [ProjectID]
    ) async throws -> [LogScope: Set<String>] {
        try await region.store.read { rows in
            var conflicts: [LogScope: Set<String>] = [:]
            for scope in [.server] + projects.map({ LogScope.project($0) }) {
                conflicts[scope] = Set(try rows.conflicts(in: scope).map(Self.text))
            }
            return conflicts
        }
    }

    private static func text(_ conflict: Conflict) -> String {
        "\(conflict.kind) \(conflict.entity.key) \(conflict.id) \(conflict.openedAt.millisecondsSinceEpoch)"
    }

    /// Against what follows from the operations alone.
    private static func compare(
        _ snapshot: MetadataSnapshot, _ conflicts: Set<String>, _ oracle: ServerOracle
    ) throws {
        try Self.require(snapshot.settings, oracle.settings, "settings of the server")
        try Self.require(snapshot.serverInvites, oracle.invites, "invitations to the server") { $0.id < $1.id }
        try Self.require(snapshot.users, oracle.users, "people") { $0.id < $1.id }
        try Self.require(snapshot.emails, oracle.emails, "addresses") { $0.id < $1.id }
        try Self.require(snapshot.tokens, oracle.tokens, "tokens") { $0.id < $1.id }
        try Self.require(snapshot.favorites, oracle.favorites, "favourites") {
            ($0.user, $0.project) < ($1.user, $1.project)
        }
        try Self.require(snapshot.preferences, oracle.preferences, "preferences") {
            ($0.user.rawValue, $0.key) < ($1.user.rawValue, $1.key)
        }
        try Self.require(snapshot.apps, oracle.apps, "apps") { $0.id < $1.id }
        try Self.require(conflicts, Set(oracle.conflicts.map(Self.text)), "conflicts of people")
    }

    private static func compare(_ shown: Shown, _ oracle: ProjectOracle) throws {
        let rows = shown.rows
        try Self.require(rows.project, oracle.rows.project, "project")
        try Self.require(rows.policy, oracle.rows.policy, "policy")
        try Self.require(rows.collaborators, oracle.rows.collaborators, "roles") { $0.user < $1.user }
        try Self.require(rows.models, oracle.rows.models, "models") { $0.id < $1.id }
        try Self.require(rows.versions, oracle.rows.versions, "versions") { $0.id < $1.id }
        try Self.require(rows.invites, oracle.rows.invites, "invitations") { $0.id < $1.id }
        try Self.require(rows.accessRequests, oracle.rows.accessRequests, "requests") { $0.requester < $1.requester }
        try Self.require(rows.blobs, oracle.rows.blobs, "files") { $0.id < $1.id }
        try Self.require(rows.comments, oracle.rows.comments, "comments") { $0.comment.id < $1.comment.id }
        try Self.require(rows.commentViews, oracle.rows.commentViews, "views of comments") {
            ($0.comment, $0.user) < ($1.comment, $1.user)
        }
        try Self.require(rows.activity, oracle.rows.activity, "entries of activity")
        try Self.require(shown.conflicts, Set(oracle.conflicts.map(Self.text)), "conflicts")
    }

    private static func require<Row: Equatable>(
        _ found: [Row], _ expected: [Row], _ what: String, by order: (Row, Row) -> Bool
    ) throws {
        try self.require(found.sorted(by: order), expected.sorted(by: order), what)
    }

    private static func require<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        guard found == expected else {
            throw SimulationFailure("\(what) are not what operations say:\n  shown \(found)\n  meant \(expected)")
        }
    }
}
