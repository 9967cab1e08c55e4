import ObjectModel

/// What is to be brought from one region: each project once, and once more when it changes while it is brought. People come
/// first, since projects name them. What could not be brought waits, ever longer, and holds nothing else up.
actor NewsQueue {
    private struct Failure {
        var backoff = Backoff()
        /// When it is tried again; `nil` while it is.
        var due: ContinuousClock.Instant?
    }

    private var waiting: [ProjectID] = []
    private var running: Set<ProjectID> = []
    private var again: Set<ProjectID> = []
    private var failures: [ProjectID: Failure] = [:]
    private var takers: [CheckedContinuation<ProjectID?, Never>] = []
    private var isAll = false
    private var isClosed = false

    /// - Parameter isAll: whether the region had nothing more to tell.
    func add(_ projects: [ProjectID], isAll: Bool) {
        self.isAll = isAll
        self.add(projects)
    }

    private func add(_ projects: [ProjectID]) {
        for project in projects where self.failures[project]?.due == nil {
            if self.running.contains(project) {
                self.again.insert(project)
            } else if !self.waiting.contains(project) {
                self.waiting.insert(project, at: project == .server ? 0 : self.waiting.count)
            }
        }
        while !self.takers.isEmpty, let project = self.take() { self.takers.removeFirst().resume(returning: project) }
    }

    /// The next project, as soon as there is one; `nil` once the queue is closed.
    func next() async -> ProjectID? {
        if self.isClosed { return nil }
        if let project = self.take() { return project }
        return await withCheckedContinuation { self.takers.append($0) }
    }

    /// - Returns: whether all that the region told of is here, and it had nothing more to tell.
    func finished(_ project: ProjectID) -> Bool {
        self.running.remove(project)
        self.failures[project] = nil
        if self.again.remove(project) != nil { self.add([project]) }
        return self.isAll && self.waiting.isEmpty && self.running.isEmpty && self.failures.isEmpty
    }

    /// The project could not be brought. It is tried again later, whatever becomes of it until then.
    func failed(_ project: ProjectID, at now: ContinuousClock.Instant) {
        self.running.remove(project)
        self.again.remove(project)
        var failure = self.failures[project] ?? Failure()
        failure.due = now + failure.backoff.next()
        self.failures[project] = failure
    }

    /// What could not be brought, and is due, is to be brought again.
    func retry(at now: ContinuousClock.Instant) {
        for (project, failure) in self.failures {
            guard let due = failure.due, due <= now else { continue }
            self.failures[project]?.due = nil
            self.add([project])
        }
    }

    /// Nobody is given anything any more.
    func close() {
        self.isClosed = true
        for taker in self.takers { taker.resume(returning: nil) }
        self.takers = []
    }

    private func take() -> ProjectID? {
        guard !self.waiting.isEmpty else { return nil }
        let project = self.waiting.removeFirst()
        self.running.insert(project)
        return project
    }
}
