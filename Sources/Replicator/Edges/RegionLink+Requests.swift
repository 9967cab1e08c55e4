public import SyncProtocol
import SyncTransport

extension RegionLink {
    /// What a region said of a lease that was asked for.
    public enum LeaseOutcome: Sendable {
        /// Nobody has checked it.
        case given(LeasedMessage)
        /// The token does not hold, or whoever shows it may not read the project.
        case refused
    }

    /// Asks what somebody may do.
    ///
    /// - Throws: ``StorageError/unreachable``.
    public func lease(_ request: LeaseMessage) async throws -> LeaseOutcome {
        do {
            return try await self.withStream { region in
                var machine = LeaseClient(request)
                return try await region.connection.ask(request) { header, payload in
                    switch machine.received(header, payload: payload) {
                    case .leased(let message): return .given(message)
                    case .fail(let error): throw error
                    }
                }
            }
        } catch SyncTransportError.peer(let message)
            where message.code == .unauthenticated || message.code == .projectUnknown
        {
            return .refused
        }
    }

    /// Passes a request on to the region's API.
    ///
    /// - Parameters:
    ///   - body: sent while the answer is awaited; `nil` is none.
    ///   - isLasting: the answer goes on for as long as somebody wants it, and others do not wait for its end. There is one
    ///     such answer at a time.
    /// - Throws: ``Away``. The request may have been taken then.
    public func call<Body: AsyncSequence & Sendable>(
        _ request: CallMessage, body: Body?, isLasting: Bool = false
    ) async throws -> CallReply where Body.Element == [UInt8] {
        try await self.withRegion { region in
            let slot = await (isLasting ? self.lastingSlots : self.slots).take()
            let stream = try await region.connection.open(request, flags: body == nil ? .end : [])
            do {
                return try await withThrowingTaskGroup(of: CallReply?.self) { group in
                    group.addTask { try await CallReply(to: request, on: stream, in: slot) }
                    if let body {
                        group.addTask {
                            for try await piece in body { try await stream.sendData(piece) }
                            try await stream.endData()
                            return nil
                        }
                    }
                    // What is left of a request that is answered early need not be sent.
                    defer { group.cancelAll() }
                    while let ended = try await group.next() {
                        if let reply = ended { return reply }
                    }
                    throw SyncTransportError.disconnected
                }
            } catch {
                await stream.close((error as? SyncError) ?? SyncError(.cancelled))
                throw error
            }
        }
    }
}
