import Synchronization

/// The connections that a listener serves, until it shuts down.
final class OpenConnections: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: SyncConnection] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// - Returns: `false` when the listener is shutting down.
    func insert(_ connection: SyncConnection) -> Bool {
        self.state.withLock { state in
            guard !state.isClosed else { return false }
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
