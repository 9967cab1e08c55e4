public import Logging
public import ObjectModel
public import ServiceLifecycle
import Storage
public import SyncTransport
import Synchronization

/// When logs are compacted, and how long a region that is silent holds that back.
public struct CompactionPolicy: Equatable, Sendable {
    /// Younger operations stay, for copies that nobody counts.
    public var age: Duration
    /// A region that was not heard for so long counts no more.
    public var silence: Duration
    /// Operations of one scope that must be new among those that may go.
    public var operationCountMin: Int

    public init(
        age: Duration = .seconds(86_400), silence: Duration = .seconds(30 * 86_400), operationCountMin: Int = 256
    ) {
        self.age = age
        self.silence = silence
        self.operationCountMin = operationCountMin
    }

    /// Between two passes. Those who keep nothing wait for little.
    var pause: Duration { min(Limits.compactionPauseMax, max(.seconds(1), self.age / 100)) }
}

/// Writes down what other regions hold, and compacts the logs of this node up to there (`docs/adr/0010-compaction.md`).
public final class CompactionService: Service {
    /// How far another region is, as far as this node knows.
    public struct Standing: Equatable, Sendable {
        /// `nil` when it never was.
        public var lastHeard: Timestamp?
        /// Operations that are here and that it is not known to hold.
        public var unacknowledgedCount: Int
        /// It was silent for too long, and holds compaction back no more.
        public var isEvicted: Bool
    }

    private let replica: Replica
    private let roster: RosterBook?
    private let node: NodeID
    private let policy: CompactionPolicy
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let standings = Mutex<[NodeID: Standing]>([:])
    /// When regions were heard; what is written down is older.
    private let heard = Mutex<[NodeID: Timestamp]>([:])

    /// - Parameters:
    ///   - roster: the regions of which each must hold what goes; `nil` when this node stands alone.
    ///   - node: this one.
    public init(
        _ replica: Replica, roster: RosterBook?, node: NodeID, policy: CompactionPolicy, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.replica = replica
        self.roster = roster
        self.node = node
        self.policy = policy
        self.logger = logger
        self.clock = clock
    }

    /// As of the last pass; `nil` when no such region was known then.
    public func standing(of region: NodeID) -> Standing? { self.standings.withLock { $0[region] } }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            // Regions that were there while this node was not have time to be heard before logs are compacted without them.
            var isFirst = true
            while !Task.isCancelled {
                do {
                    try await self.pass(compacting: !isFirst)
                    isFirst = false
                } catch {
                    guard !Task.isCancelled else { return }
                    self.logger.warning("logs are not compacted", metadata: ["reason": "\(error)"])
                }
                try? await Task.sleep(for: self.policy.pause)
            }
        }
    }

    /// Looks at everything once.
    func pass(compacting isCompacting: Bool = true) async throws {
        let now = self.clock()
        try await self.writeDown(now)
        let regions = self.regions
        var standings = try await self.lastHeard(regions, now)
        let horizon = now.earlier(by: self.policy.age)
        for scope in try await self.replica.metadata.read({ try $0.scopes() }) {
            let holders = try await self.replica.metadata.read { rows in
                // Whoever may not have a project does not hold its log back.
                try regions.filter { region in
                    guard scope != .server else { return region.projects == nil }
                    return try region.mayRead(scope.name) && rows.admits(region, to: scope.name)
                }
            }
            for region in holders {
                let lacking = try await self.replica.metadata.read { try $0.lackingCount(region.id, in: scope) }
                standings[region.id]?.unacknowledgedCount += lacking
            }
            guard isCompacting else { continue }
            let counted = holders.map(\.id).filter { standings[$0]?.isEvicted == false }
            try await self.compact(scope, heldBy: counted, before: horizon)
        }
        self.standings.withLock { $0 = standings }
    }

    private func compact(_ scope: LogScope, heldBy regions: [NodeID], before horizon: Timestamp) async throws {
        let compaction = LogCompaction(self.replica.metadata, of: scope)
        let count = try await self.replica.logAccess.compacting(scope) {
            try await compaction.run(heldBy: regions, before: horizon, countMin: self.policy.operationCountMin)
        }
        guard let count, count > 0 else { return }
        self.logger.info("a log was compacted", metadata: ["project": "\(scope.name)", "operations": "\(count)"])
    }

    private var regions: [RosterNode] {
        self.roster?.current?.nodes.filter { $0.role == .region && $0.id != self.node } ?? []
    }

    private func writeDown(_ now: Timestamp) async throws {
        let (marks, heard) = self.replica.acknowledgements.take()
        for start in stride(from: 0, to: marks.count, by: Limits.acknowledgementCountMax) {
            let part = marks[start..<min(start + Limits.acknowledgementCountMax, marks.count)]
            try await self.replica.metadata.write { rows in
                for marks in part where try rows.acknowledgedMarks(of: marks.region, in: marks.scope) != marks.sequences
                {
                    try rows.putAcknowledgedMarks(marks.sequences, of: marks.region, in: marks.scope)
                }
            }
        }
        self.heard.withLock { times in for region in heard { times[region] = now } }
    }

    /// When each region was heard. One that was just listed has its time from then on.
    private func lastHeard(_ regions: [RosterNode], _ now: Timestamp) async throws -> [NodeID: Standing] {
        let written = try await self.replica.metadata.read { try $0.regionsHeard() }
        let heard = self.heard.withLock { $0 }
        var standings: [NodeID: Standing] = [:]
        var new: [NodeID: Timestamp] = [:]
        for region in regions.map(\.id) {
            let last = heard[region] ?? written[region]
            let isEvicted = last.map { $0 < now.earlier(by: self.policy.silence) } ?? false
            standings[region] = Standing(lastHeard: last, unacknowledgedCount: 0, isEvicted: isEvicted)
            // Writing it down each time would keep the disk busy for nothing.
            if let written = written[region], written > (last ?? now).earlier(by: self.policy.silence / 100) {
                continue
            }
            new[region] = last ?? now
        }
        if !new.isEmpty {
            try await self.replica.metadata.write { [new] rows in
                for (region, time) in new { try rows.putRegionHeard(region, at: time) }
            }
        }
        return standings
    }
}

extension Timestamp {
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: self.millisecondsSinceEpoch - Int64(duration / .milliseconds(1)))
    }
}

extension MetadataReading {
    /// Operations of `scope` that are here and that `region` is not known to hold.
    fileprivate func lackingCount(_ region: NodeID, in scope: LogScope) throws -> Int {
        let held = try self.acknowledgedMarks(of: region, in: scope)
        return try self.lastSequences(in: scope).reduce(0) { count, log in
            guard log.key != region else { return count }
            let mark = held[log.key, default: 0]
            return count + (log.value > mark ? Int(clamping: log.value - mark) : 0)
        }
    }
}
