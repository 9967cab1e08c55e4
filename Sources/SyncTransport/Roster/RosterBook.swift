public import Logging
import NIOPosix
public import ObjectModel
public import SyncProtocol
import Synchronization

/// The roster that a node goes by: the newest that its organisation signed. It never goes back to an older one.
public final class RosterBook: Sendable {
    /// A roster that holds, and the bytes that were signed.
    struct Held: Sendable {
        var roster: Roster
        var message: RosterMessage
    }

    /// What became of a roster that came.
    public enum Outcome: Equatable, Sendable {
        case taken
        /// It was held already.
        case known
        /// A newer one is held.
        case outdated
    }

    private struct State {
        var held: Held?
        var nextListener = 0
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    /// What rosters are trusted by.
    public let key: RosterKey
    private let keep: @Sendable (RosterMessage) throws -> Void
    private let logger: Logger
    /// Held while a roster is compared and kept, so that the one kept last is the newest.
    private let taking = Mutex(())
    private let state: Mutex<State>

    /// - Parameters:
    ///   - held: the newest roster that was kept.
    ///   - keep: makes a roster durable in place of the one before; may block.
    /// - Throws: ``RosterError`` when `held` is not signed by `key`.
    public init(
        key: RosterKey, held: RosterMessage?, logger: Logger,
        keep: @escaping @Sendable (RosterMessage) throws -> Void
    ) throws(RosterError) {
        self.key = key
        self.logger = logger
        self.keep = keep
        var state = State()
        if let held { state.held = Held(roster: try key.roster(in: held), message: held) }
        self.state = Mutex(state)
    }

    /// The roster that holds now; `nil` before the first.
    public var current: Roster? { self.held?.roster }

    var held: Held? { self.state.withLock { $0.held } }

    /// Takes a roster if it is newer than the one that is held: durably, and at once. Blocks the calling thread.
    ///
    /// - Throws: ``RosterError``, and what keeping it throws.
    public func take(_ message: RosterMessage) throws -> (Roster, Outcome) {
        let roster = try self.key.roster(in: message)
        return try self.taking.withLock { _ in
            let held = self.held.map { (version: $0.roster.version, document: $0.message.document) }
            switch RosterSuccession(version: roster.version, document: message.document, held: held) {
            case .same: return (roster, .known)
            case .older: return (roster, .outdated)
            case .conflicting: throw RosterError.conflicting(version: roster.version)
            case .newer: break
            }
            try self.keep(message)
            let listeners = self.state.withLock { state in
                state.held = Held(roster: roster, message: message)
                return Array(state.listeners.values)
            }
            for listener in listeners { listener.yield() }
            self.logger.notice("took a roster", metadata: ["version": "\(roster.version)"])
            return (roster, .taken)
        }
    }

    /// As ``take(_:)``, for a roster that a peer sent. Does not block a task's thread.
    func receive(_ message: RosterMessage) async throws -> (Roster, Outcome) {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try self.take(message) }
        } catch {
            self.logger.error("a peer's roster is refused", metadata: ["reason": "\(error)"])
            throw error
        }
    }

    /// One element for each roster that is taken from now on, or for several at once.
    public func changes() -> AsyncStream<Void> {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = self.state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
        }
        return changes
    }
}

extension HelloMessage {
    /// The same, with what `roster` makes this side capable of.
    func announcing(_ roster: RosterBook?) -> HelloMessage {
        guard let roster else { return self }
        var hello = self
        hello.capabilities.append(.roster)
        hello.rosterVersion = roster.current?.version ?? 0
        return hello
    }
}
