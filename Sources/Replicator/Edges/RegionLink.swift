public import Logging
public import ObjectModel
public import ServiceLifecycle
import Storage
import SyncProtocol
public import SyncTransport
import Synchronization

/// The way from an edge to its regions: one connection that is kept open, to the first of them that can be reached.
///
/// While none can be reached, whoever asks is told so at once.
public final class RegionLink: Service {
    /// No region can be reached.
    public struct Away: Error {
        /// The connection ended while something was under way.
        public var wasConnected = false
    }

    /// A region that is connected.
    public struct Region: Sendable {
        public var connection: SyncConnection
        public var node: NodeID
        /// Counts the connections of this process.
        public var number: Int
    }

    public enum Event: Equatable, Sendable {
        /// To a region, anew.
        case connected
        /// Projects of this edge, in the region.
        case changed([ProjectID])
    }

    private static let eventCountMax = 256

    private enum State {
        /// Nothing is known yet. These wait until it is.
        case trying([CheckedContinuation<Void, Never>])
        case connected(Region)
        case away
    }

    private let dialler: SyncDialler
    private let roster: RosterBook
    private let preferred: NodeID?
    private let logger: Logger
    /// What happens, for whoever reads it first; of what nobody reads the last ones are kept.
    public let events: AsyncStream<Event>
    private let toEvents: AsyncStream<Event>.Continuation
    private let state = Mutex(State.trying([]))
    private let connectionCount = Atomic(0)
    let slots = StreamSlots(count: Limits.edgeStreamCount)
    /// Of answers that go on for long.
    let lastingSlots = StreamSlots(count: 1)

    /// - Parameters:
    ///   - preferred: the region that is tried first.
    public init(
        dialler: SyncDialler, roster: RosterBook, preferred: NodeID?, logger: Logger
    ) {
        self.dialler = dialler
        self.roster = roster
        self.preferred = preferred
        self.logger = logger
        (self.events, self.toEvents) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.eventCountMax))
    }

    /// The name of the region that is connected; `nil` when none is.
    public var regionName: String? {
        self.connected.map { self.roster.current?.node($0.node)?.name ?? $0.node.rawValue }
    }

    /// Of the connection that there is now; `nil` when there is none.
    public var connectionNumber: Int? { self.connected?.number }

    private var connected: Region? {
        guard case .connected(let region) = self.state.withLock({ $0 }) else { return nil }
        return region
    }

    /// Runs `body` with a region that is connected.
    ///
    /// - Throws: ``Away`` when none is, or the connection ended meanwhile; else what `body` throws.
    public func withRegion<Result>(_ body: (Region) async throws -> Result) async throws -> Result {
        let region = try await self.region()
        do {
            return try await body(region)
        } catch let error as SyncTransportError {
            // What the peer said of one stream is an answer.
            if case .peer = error, await !region.connection.hasEnded { throw error }
            throw Away(wasConnected: true)
        }
    }

    /// As ``withRegion(_:)``, for a `body` that opens one stream: few are open at a time.
    ///
    /// - Throws: ``StorageError/unreachable`` in place of ``Away``.
    func withStream<Result>(_ body: (Region) async throws -> Result) async throws -> Result {
        do {
            return try await self.withRegion { region in
                let slot = await self.slots.take()
                defer { withExtendedLifetime(slot) {} }
                return try await body(region)
            }
        } catch is Away {
            throw StorageError.unreachable
        }
    }

    private func region() async throws -> Region {
        await withCheckedContinuation { continuation in
            let isWaiting = self.state.withLock { state in
                guard case .trying(let waiting) = state else { return false }
                state = .trying(waiting + [continuation])
                return true
            }
            if !isWaiting { continuation.resume() }
        }
        guard let connected else { throw Away() }
        return connected
    }

    private func become(_ next: State) {
        let waiting: [CheckedContinuation<Void, Never>] = self.state.withLock { state in
            defer { state = next }
            if case .trying(let waiting) = state { return waiting }
            return []
        }
        for continuation in waiting { continuation.resume() }
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(upTo: Limits.regionPauseMax)
            while !Task.isCancelled {
                if await self.connectToFirst() {
                    backoff.reset()
                } else {
                    self.become(.away)
                    try? await Task.sleep(for: backoff.next())
                }
            }
            self.become(.away)
        }
    }

    private var regions: [RosterNode] {
        let regions = self.roster.current?.nodes.filter { $0.role == .region } ?? []
        return regions.filter { $0.id == self.preferred } + regions.filter { $0.id != self.preferred }
    }

    /// - Returns: whether any region was connected, for however long.
    private func connectToFirst() async -> Bool {
        for region in self.regions where !Task.isCancelled {
            let wasConnected = Mutex(false)
            do {
                let source = try ProjectSource(region.id, at: nil, token: nil, by: self.roster.current)
                try await self.dialler.withConnection(to: source) { [self] connection in
                    let number = self.connectionCount.add(1, ordering: .relaxed).newValue
                    try await self.follow(Region(connection: connection, node: region.id, number: number)) {
                        wasConnected.withLock { $0 = true }
                    }
                }
            } catch {
                guard !Task.isCancelled else { return true }
                self.logger.warning(
                    "a region cannot be reached", metadata: ["peer.id": "\(region.id)", "reason": "\(error)"])
            }
            guard !wasConnected.withLock({ $0 }) else {
                self.become(.trying([]))
                return true
            }
        }
        return false
    }

    /// Hears of changes for as long as the connection lasts.
    private func follow(_ region: Region, _ connected: @escaping @Sendable () -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await region.connection.waitUntilReady()
                connected()
                self.become(.connected(region))
                self.logger.notice("a region is connected", metadata: ["peer.id": "\(region.node)"])
                self.toEvents.yield(.connected)
            }
            group.addTask {
                var request = NewsMessage()
                while true {
                    let news = try await NewsRequest.ask(request, on: region.connection)
                    self.toEvents.yield(.changed(news.projects))
                    request = NewsMessage(epoch: news.epoch, after: news.last)
                }
            }
            try await group.waitForAll()
        }
    }
}
