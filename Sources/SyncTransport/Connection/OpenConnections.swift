import Synchronization

/// The connections that a listener serves, until it shuts down.
final class OpenConnections: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: SyncConnection] = [:]
        var isClosed = false
    }

    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) {
        self.countMax = countMax
    }

    /// - Returns: `false` when there are too many, or the listener is shutting down.
    func insert(_ connection: SyncConnection) -> Bool {
        self.state.withLock { state in
            guard !state.isClosed, state.connections.count < self.countMax else { return false }
            state.connections[ObjectIdentifier(connection)] = connection
            return true
        }
    }

    func remove(_ connection: SyncConnection) {
        _ = self.state.withLock { $0.connections.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    /// No more are taken. Returns those that are open.
    func close() -> [SyncConnection] {
        self.state.withLock { state in
            state.isClosed = true
            return Array(state.connections.values)
        }
    }
}
