import ObjectModel
import Synchronization

/// Collects what the commands of one task wrote, so that its answer can say so.
public final class WriteTrace: Sendable {
    @TaskLocal public static var current: WriteTrace?

    private let written = Mutex(Position())

    public init() {}

    public var position: Position { self.written.withLock { $0 } }

    func note(_ log: Position.Log, _ sequence: UInt64) { self.written.withLock { $0.note(log, sequence) } }
}
