import GraphQL
import ObjectModel
import Storage
import Synchronization

/// Listens in somebody's name, for as long as they may.
struct Watch {
    /// What is listened to of a project.
    enum Hearing {
        case changes
        /// What people show each other.
        case broadcasts
        case both
    }

    private let context: APIContext

    init(_ context: APIContext) {
        self.context = context
    }

    /// What happens in a project, while the person may read it. That it was deleted hears whoever could read it until then.
    func occurrences(
        in project: ProjectID, hearing: Hearing = .changes,
        _ make: @escaping @Sendable (DomainEvent, ProjectID, APIContext) async throws -> (any GraphQLOutput)?
    ) async throws -> Occurrences<APIContext> {
        // Listening begins before the look, so that nothing falls in between.
        let events = self.events(of: project, hearing)
        try await self.context.read(project) { _ in }
        let right = LastRight()
        return events.compactMap { [context] event in
            guard let current = try await context.renewed() else { throw GraphQLError.tokenEnded }
            guard try await right.allows(event, in: project, current) else { return nil }
            return try await make(event, project, current).map { Occurrence($0, context: current) }
        }
    }

    private func events(of project: ProjectID, _ hearing: Hearing) -> EventBus.Events {
        let bus = self.context.services.events
        let (changes, broadcasts) = (EventBus.Topic.scope(.project(project)), EventBus.Topic.broadcasts(project))
        return switch hearing {
        case .changes: bus.events(of: changes)
        case .broadcasts: bus.events(of: [broadcasts], waitingCountMax: Limits.waitingBroadcastCountMax)
        case .both: bus.events(of: [changes, broadcasts], waitingCountMax: Limits.waitingBroadcastCountMax)
        }
    }

    /// What becomes of somebody's roles.
    func occurrences(
        of user: UserID,
        _ make: @escaping @Sendable (DomainEvent, ProjectID, APIContext) async throws -> (any GraphQLOutput)?
    ) async throws -> Occurrences<APIContext> {
        self.context.services.events.events(of: .user(user)).compactMap { [context] event in
            guard let current = try await context.renewed() else { throw GraphQLError.tokenEnded }
            guard case .project(let project) = event.scope, let principal = current.principal,
                ProjectRules.isWithin(principal, project)
            else { return nil }
            return try await make(event, project, current).map { Occurrence($0, context: current) }
        }
    }
}

/// Whether somebody could read a project when that was looked at last.
private final class LastRight: Sendable {
    private let could = Mutex(true)

    /// Whether they hear of an event now.
    func allows(_ event: DomainEvent, in project: ProjectID, _ context: APIContext) async throws -> Bool {
        let refusal = try await context.read {
            try ProjectRules.refusal(of: .read, on: project, for: context.principal, $0)
        }
        if refusal == .noSuchProject {
            return event.subject == .project && event.change == .deleted && self.could.withLock { $0 }
        }
        self.could.withLock { $0 = refusal == nil }
        return refusal == nil
    }
}
