import ObjectModel
import Storage
import StorageTestKit

/// Says whether what regions show may be so, after each event and at the end.
struct Judge {
    /// An operation that somebody was told is safe.
    struct Promise {
        var operation: Operation
        var dot: Dot { Dot(self.operation) }
    }

    private(set) var promises: [Promise] = []
    /// All operations that there are, also those that were left out of logs since.
    private(set) var archive: [LogScope: [NodeID: [UInt64: Operation]]] = [:]
    /// Of each region, up to where its logs are in the archive.
    private var archived: [[LogScope: [NodeID: UInt64]]]
    /// Of each region, what it showed last.
    private var shown: [[ProjectID: Set<VersionID>]]
    var conflictCount = 0
    var policyConflictCount = 0
    /// Deliveries to webhooks.
    var toldCount = 0

    init(count: Int) {
        // One region joins at the end.
        self.shown = Array(repeating: [:], count: count + 1)
        self.archived = Array(repeating: [:], count: count + 1)
    }

    /// How many operations make each version.
    var creationCounts: [VersionID: Int] {
        self.archive.values.joined().flatMap(\.value.values).reduce(into: [:]) { counts, operation in
            guard case .versionCreated(let version) = OperationContent(decoding: operation.body).body else { return }
            counts[version.id, default: 0] += 1
        }
    }

    typealias Marks = [LogScope: UInt64]

    /// Up to where the region's own operations go.
    func marks(of region: SimulatedRegion) async throws -> Marks {
        let node = region.node
        return try await region.store.read { rows in
            var marks: Marks = [:]
            for scope in try rows.scopes() { marks[scope] = try rows.lastSequence(of: node, in: scope) }
            return marks
        }
    }

    /// What the region wrote since then is promised, and is later than all that it knew.
    ///
    /// - Parameter hasPolicies: whether there may be projects that the region must not write to.
    mutating func acknowledge(
        _ region: SimulatedRegion, since before: Marks, hasPolicies: Bool
    ) async throws -> [Operation] {
        let node = region.node
        let written = try await region.store.read { rows in
            var written: [Operation] = []
            for scope in try rows.scopes().sorted(by: { $0.name < $1.name }) {
                let new = try rows.operations(of: node, in: scope, after: before[scope, default: 0], limit: .max)
                for operation in new { try Self.requireKnowledge(operation, rows) }
                written += new
            }
            if hasPolicies { try ResidencyJudge.requirePlace(of: written, at: node, rows) }
            return written
        }
        self.promises += written.map { Promise(operation: $0) }
        return written
    }

    /// An operation says all that its node had, and is later than that.
    private static func requireKnowledge(_ operation: Operation, _ rows: any MetadataReading) throws {
        let content = OperationContent(decoding: operation.body)
        guard content.body != nil else { return }
        let own = Stamp(operation)
        for origin in try rows.origins(in: operation.scope) {
            let last =
                origin == operation.origin
                ? operation.sequence - 1 : try rows.lastSequence(of: origin, in: operation.scope)
            if origin != operation.origin, content.context.seen[origin, default: 0] != last {
                throw SimulationFailure("an operation does not say what its node had seen")
            }
            let dot = Dot(origin: origin, sequence: last)
            guard let other = try rows.operation(dot, in: operation.scope) else { continue }
            guard Stamp(other) < own else {
                throw SimulationFailure("an operation is not later than what its node had seen")
            }
            if origin == operation.origin, content.context.previous != other.fingerprint {
                throw SimulationFailure("an operation does not name the one before it")
            }
        }
    }

    /// A region was put back: what nobody else has is lost with its disk, and so is what it showed.
    mutating func forget(_ region: SimulatedRegion, _ others: [SimulatedRegion]) async throws {
        self.shown[region.number] = [:]
        self.archived[region.number] = [:]
        var ends: [LogScope: [NodeID: UInt64]] = [:]
        for holder in [region] + others {
            let theirs = try await Self.ends(of: holder)
            ends.merge(theirs) { $0.merging($1, uniquingKeysWith: max) }
        }
        func isHeld(_ operation: Operation) -> Bool {
            operation.sequence <= ends[operation.scope]?[operation.origin] ?? 0
        }
        self.promises = self.promises.filter { isHeld($0.operation) }
        self.archive = self.archive.mapValues { logs in logs.mapValues { log in log.filter { isHeld($0.value) } } }
    }

    /// Up to where its logs go.
    static func ends(of region: SimulatedRegion) async throws -> [LogScope: [NodeID: UInt64]] {
        try await region.store.read { rows in
            Dictionary(uniqueKeysWithValues: try rows.scopes().map { ($0, try rows.lastSequences(in: $0)) })
        }
    }

    /// Keeps what the region has that is new.
    private mutating func keep(_ region: SimulatedRegion) async throws {
        let before = self.archived[region.number]
        let (new, ends) = try await region.store.read { rows in
            var new: [Operation] = []
            var ends: [LogScope: [NodeID: UInt64]] = [:]
            for scope in try rows.scopes() {
                ends[scope] = try rows.lastSequences(in: scope)
                for origin in try rows.origins(in: scope) {
                    let last = before[scope]?[origin] ?? 0
                    new += try rows.operations(of: origin, in: scope, after: last, limit: .max)
                }
            }
            return (new, ends)
        }
        for operation in new {
            let known = self.archive[operation.scope]?[operation.origin]?[operation.sequence]
            guard let known else {
                self.archive[operation.scope, default: [:]][operation.origin, default: [:]][operation.sequence] =
                    operation
                continue
            }
            guard try known == operation || DecodedOperation(known).trace == operation else {
                throw SimulationFailure(
                    "operation \(operation.sequence) of \(operation.origin) is another one elsewhere")
            }
        }
        self.archived[region.number] = ends
    }

    // MARK: After each event

    /// What a region shows is whole, and what it showed is still there unless somebody deleted it or it had to remove all of it.
    mutating func look(at region: SimulatedRegion, _ catalogue: Catalogue) async throws {
        let journals = try await region.store.read { try $0.allProjects() }.map { ($0, region.journal(of: $0)) }
        try await self.keep(region)
        let (before, archive) = (self.shown[region.number], self.archive)
        self.shown[region.number] = try await region.store.read { rows in
            var shown: [ProjectID: Set<VersionID>] = [:]
            for (project, journal) in journals {
                let versions = try rows.allVersions(in: project)
                for version in versions {
                    let isWhole =
                        switch version.root {
                        case .object(let id): journal.map { catalogue.isComplete(id, in: $0.texts) } ?? false
                        case .bundle(let files): try rows.hasContents(of: files, in: project)
                        }
                    guard isWhole else {
                        throw SimulationFailure("version \(version.id) shows without all of its objects or files")
                    }
                }
                shown[project] = Set(versions.map(\.id))
            }
            for (project, versions) in before where try !rows.origins(in: .project(project)).isEmpty {
                for version in versions.subtracting(shown[project, default: []]).sorted() {
                    try Self.requireDeletion(of: version, in: project, archive[.project(project)] ?? [:], rows)
                }
            }
            return shown
        }
    }

    private static func requireDeletion(
        of version: VersionID, in project: ProjectID, _ archive: [NodeID: [UInt64: Operation]],
        _ rows: any MetadataReading
    ) throws {
        let scope = LogScope.project(project)
        if try rows.conflicts(in: scope).contains(where: { $0.kind == .quarantined && $0.entity == .version(version) })
        {
            return
        }
        for (origin, last) in try rows.lastSequences(in: scope) {
            for operation in (archive[origin] ?? [:]).values where operation.sequence <= last {
                switch OperationContent(decoding: operation.body).body {
                case .versionDeleted(version), .modelDeleted, .projectDeleted: return
                default: continue
                }
            }
        }
        throw SimulationFailure("version \(version) is gone, and nobody deleted it")
    }
}

extension Stamp {
    fileprivate init(_ operation: Operation) {
        let tick = OperationContent(decoding: operation.body).context.tick
        self.init(timestamp: operation.timestamp, tick: tick, dot: Dot(operation))
    }
}
