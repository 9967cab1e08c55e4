public import Logging
public import ObjectModel

/// The projects that an edge keeps whole, whether anybody asks for them or not.
public actor PinnedProjects {
    private let pins: Set<ProjectID>
    private let objects: EdgeObjects
    private let logger: Logger
    /// Those in which something may be new.
    private var waiting: Set<ProjectID> = []
    private var isBringing = false

    public init(_ pins: [ProjectID], objects: EdgeObjects, logger: Logger) {
        self.pins = Set(pins)
        self.objects = objects
        self.logger = logger
    }

    /// A region is connected: anything may be new there.
    public func bringAll() { self.bring(Array(self.pins)) }

    /// Something changed in these projects. Returns at once.
    public func bring(_ projects: [ProjectID]) {
        self.waiting.formUnion(self.pins.intersection(projects))
        guard !self.isBringing else { return }
        self.isBringing = true
        Task {
            // One after the other: whoever waits for an object goes first.
            while let project = self.waiting.popFirst() {
                do {
                    try await self.objects.bringWhole(project)
                } catch {
                    self.logger.warning(
                        "a pinned project is not brought", metadata: ["project": "\(project)", "reason": "\(error)"])
                }
            }
            self.isBringing = false
        }
    }
}
