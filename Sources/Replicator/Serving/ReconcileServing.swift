import ObjectModel
import SyncProtocol
import SyncTransport

/// Answers one RECONCILE.
struct ReconcileServing: ~Copyable {
    private let replica: Replica
    private let stream: SyncStream
    private var machine: ReconcileServer
    private let requireAccess: @Sendable () async throws -> Void

    /// - Parameter requireAccess: throws when the peer may not read the project any more.
    init(
        _ replica: Replica, _ stream: SyncStream, _ machine: consuming ReconcileServer,
        requireAccess: @escaping @Sendable () async throws -> Void
    ) {
        self.replica = replica
        self.stream = stream
        self.machine = machine
        self.requireAccess = requireAccess
    }

    mutating func serve(
        _ frames: inout AsyncThrowingStream<SyncFrame, any Error>.AsyncIterator
    ) async throws {
        let (request, key) = (self.machine.request, self.machine.request.key)
        let ids = try await self.replica.ids(of: request.project)
        try await self.requireAccess()  // POLICY-5
        guard try await self.perform(self.machine.prepared(SketchEncoder(ids, key: key)), ids) else { return }
        while let frame = try await frames.next(isolation: #isolation) {
            let step = self.machine.received(frame.header, payload: frame.payload.span.bytes)
            guard try await self.perform(step, ids) else { return }
        }
    }

    /// - Returns: whether the stream goes on.
    private mutating func perform(_ step: ReconcileServer.Step, _ ids: [ObjectID]) async throws -> Bool {
        switch step {
        case .none, .finish: return false
        case .send(let message): try await self.stream.send(message)
        case .sendEnd(let message): try await self.stream.send(message, flags: .end)
        case .sendLast(let message):
            try await self.stream.send(message, flags: .end)
            return false
        case .lookUp(let names):
            return try await self.perform(
                self.machine.found(self.machine.request.key.objects(named: names, in: ids)), ids)
        case .fail(let error): throw error
        }
        return true
    }
}
