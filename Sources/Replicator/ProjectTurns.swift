import ObjectModel

/// One turn at a time for each project.
actor ProjectTurns {
    private var waiting: [ProjectID: [CheckedContinuation<Void, Never>]] = [:]

    nonisolated func take(_ project: ProjectID, _ body: () async throws -> Void) async throws {
        await self.begin(project)
        do {
            try await body()
        } catch {
            await self.end(project)
            throw error
        }
        await self.end(project)
    }

    private func begin(_ project: ProjectID) async {
        guard self.waiting[project] != nil else {
            self.waiting[project] = []
            return
        }
        await withCheckedContinuation { self.waiting[project]?.append($0) }
    }

    private func end(_ project: ProjectID) {
        guard var others = self.waiting[project], !others.isEmpty else {
            self.waiting[project] = nil
            return
        }
        others.removeFirst().resume()
        self.waiting[project] = others
    }
}
