import ObjectModel

/// What is to be brought from one region: each project once, and once more when it changes while it is brought. People come
/// first, since projects name them.
actor NewsQueue {
    private var waiting: [ProjectID] = []
    private var running: Set<ProjectID> = []
    private var again: Set<ProjectID> = []
    private var takers: [CheckedContinuation<ProjectID?, Never>] = []
    private var isAll = false
    private var isClosed = false

    /// - Parameter isAll: whether the region had nothing more to tell.
    func add(_ projects: [ProjectID], isAll: Bool) {
        self.isAll = isAll
        self.add(projects)
    }

    private func add(_ projects: [ProjectID]) {
        for project in projects {
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
        if self.again.remove(project) != nil { self.add([project]) }
        return self.isAll && self.waiting.isEmpty && self.running.isEmpty
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
