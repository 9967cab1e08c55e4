import Synchronization

/// Holds all commands of a node back while it must not write.
public final class WriteGate: Sendable {
    private let reason = Mutex<DomainError?>(nil)

    /// An open one.
    public init() {}

    /// From now on every command is refused with `reason`.
    public func close(_ reason: DomainError) { self.reason.withLock { $0 = reason } }

    public func open() { self.reason.withLock { $0 = nil } }

    public var isOpen: Bool { self.reason.withLock { $0 == nil } }

    /// - Throws: ``DomainError`` while it is closed.
    func requireOpen() throws {
        if let reason = self.reason.withLock({ $0 }) { throw reason }
    }
}
