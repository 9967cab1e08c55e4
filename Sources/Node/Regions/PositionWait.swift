import ObjectModel
import Storage

/// Waits until this node has what somebody knows: for a moment, then by asking the region that has it.
struct PositionWait: Sendable {
    /// How long news may take by itself.
    private static let patience = Duration.milliseconds(200)
    /// How long asking may take.
    private static let askingMax = Duration.seconds(3)

    private let services: NodeServices
    private let principal: Principal

    init(_ services: NodeServices, _ principal: Principal) {
        self.services = services
        self.principal = principal
    }

    /// - Returns: whether it was reached. What the principal may not read here counts as reached in the end: that it exists
    ///   must not show.
    func reach(_ position: Position) async throws -> Bool {
        if try await self.missing(of: position).isEmpty { return true }
        try await Self.within(Self.patience) { try await self.waitForNews(position) }
        let missing = try await self.missing(of: position)
        if missing.isEmpty { return true }
        try await Self.within(Self.askingMax) {
            for log in missing { try? await self.services.regions.bring(log.scope.name, from: log.origin) }
        }
        return try await self.missing(of: position, onlyReadable: true).isEmpty
    }

    private func waitForNews(_ position: Position) async throws {
        // Subscribed before the look, so that nothing falls in between.
        for await _ in self.services.changes.allChanges() {
            if try await self.missing(of: position).isEmpty { return }
        }
    }

    private func missing(of position: Position, onlyReadable: Bool = false) async throws -> [Position.Log] {
        let principal = self.principal
        return try await self.services.metadata.store.read { rows in
            try position.marks.filter { mark in
                if case .project(let project) = mark.log.scope,
                    try ProjectRules.refusal(of: .read, on: project, for: principal, rows) != nil
                {
                    return !onlyReadable
                }
                return try rows.lastSequence(of: mark.log.origin, in: mark.log.scope) < mark.sequence
            }.map(\.log)
        }
    }

    /// Runs `body` for so long at most.
    private static func within(_ time: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try? await Task.sleep(for: time) }
            try await group.next()
            group.cancelAll()
        }
    }
}
