public import ObjectModel
import Synchronization

/// Tells those who watch within one process what changed, each event once, in the order of commits.
///
/// Unlike ``ProjectChanges``, which says only that something did, it loses nothing: a listener that falls behind too far is
/// ended with ``Lagging``.
public final class EventBus: Sendable {
    /// What a listener hears of.
    public enum Topic: Hashable, Sendable {
        case scope(LogScope)
        /// Somebody's roles, in any project.
        case user(UserID)
    }

    /// Too many events wait for one listener.
    public struct Lagging: Error {
        public init() {}
    }

    public typealias Events = AsyncThrowingStream<DomainEvent, any Error>

    private struct State {
        var nextListener = 0
        var listeners: [Topic: [Int: Events.Continuation]] = [:]
    }

    private let waitingCountMax: Int
    private let state = Mutex(State())

    /// - Parameter waitingCountMax: events that may wait for one listener.
    public init(waitingCountMax: Int = 4096) {
        self.waitingCountMax = waitingCountMax
    }

    public func publish(_ event: DomainEvent) {
        let listeners = self.state.withLock { state in
            Self.topics(of: event).flatMap { state.listeners[$0].map { Array($0.values) } ?? [] }
        }
        for listener in listeners {
            if case .dropped = listener.yield(event) { listener.finish(throwing: Lagging()) }
        }
    }

    /// All events of the topic from now on.
    public func events(of topic: Topic) -> Events {
        let (events, continuation) = Events.makeStream(bufferingPolicy: .bufferingOldest(self.waitingCountMax))
        let number = self.state.withLock { state in
            state.nextListener += 1
            state.listeners[topic, default: [:]][state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number, topic) }
        return events
    }

    private func remove(_ number: Int, _ topic: Topic) {
        self.state.withLock { state in
            state.listeners[topic]?[number] = nil
            if state.listeners[topic]?.isEmpty ?? false { state.listeners[topic] = nil }
        }
    }

    private static func topics(of event: DomainEvent) -> [Topic] {
        guard case .role(let user) = event.subject else { return [.scope(event.scope)] }
        return [.scope(event.scope), .user(user)]
    }
}
