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
        /// What people show each other in a project.
        case broadcasts(ProjectID)
    }

    /// Too many events wait for one listener.
    public struct Lagging: Error {
        public init() {}
    }

    public typealias Events = AsyncThrowingStream<DomainEvent, any Error>

    private let waitingCountMax: Int
    private let listeners = Mutex(Listeners<Topic, Events.Continuation>())

    /// - Parameter waitingCountMax: events that may wait for one listener.
    public init(waitingCountMax: Int = 4096) {
        self.waitingCountMax = waitingCountMax
    }

    public func publish(_ event: DomainEvent) {
        let listeners = self.listeners.withLock { listeners in Self.topics(of: event).flatMap { listeners[$0] } }
        for listener in listeners {
            if case .dropped = listener.yield(event) { listener.finish(throwing: Lagging()) }
        }
    }

    /// All events of the topic from now on.
    public func events(of topic: Topic) -> Events { self.events(of: [topic]) }

    /// All events of the topics, in one order, from now on.
    ///
    /// - Parameter waitingCountMax: events that may wait for this listener; `nil` for as many as for any.
    public func events(of topics: [Topic], waitingCountMax: Int? = nil) -> Events {
        let (events, continuation) = Events.makeStream(
            bufferingPolicy: .bufferingOldest(waitingCountMax ?? self.waitingCountMax))
        let numbers = self.listeners.withLock { listeners in
            topics.map { (topic: $0, number: listeners.add(continuation, to: $0)) }
        }
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { listeners in
                for (topic, number) in numbers { listeners.remove(number, from: topic) }
            }
        }
        return events
    }

    private static func topics(of event: DomainEvent) -> [Topic] {
        switch (event.subject, event.scope) {
        case (.role(let user), _): [.scope(event.scope), .user(user)]
        case (.broadcast, .project(let project)): [.broadcasts(project)]
        default: [.scope(event.scope)]
        }
    }
}
