import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

extension ProjectFetch {
    /// How far this replica is from the end of a node's journal.
    struct Distance: Equatable, Sendable {
        /// The journal's end.
        var end: JournalCursor
        /// Where a FETCH would start.
        var firstOrdinal: UInt64
        /// Whether it would start at the cursor that is kept for the node.
        var followsCursor: Bool
        /// From there to the end; encoded, in bytes.
        var byteCount: UInt64

        /// About how many objects come in `byteCount` bytes: at least 1, at most ``Limits/partObjectCountMax``.
        func objectCount(of byteCount: UInt64) -> UInt64 {
            let count = Double(self.end.nextOrdinal - self.firstOrdinal)
            let share = count * Double(byteCount) / Double(max(1, self.byteCount))
            return UInt64(max(1, min(Double(Limits.partObjectCountMax), share)))
        }

        /// Nothing of `ordinals` came yet.
        func progress(of ordinals: Range<UInt64>) -> TransferProgress {
            let count = max(1, self.end.nextOrdinal - self.firstOrdinal)
            var progress = TransferProgress()
            progress.objectCountTotal = ordinals.count
            progress.byteCountTotal = Int(
                clamping: Int64(Double(self.byteCount) * Double(ordinals.count) / Double(count)))
            return progress
        }
    }

    /// Asks a node how far it is ahead (`FETCH-19`). Nothing comes.
    func distance(on connection: SyncConnection) async throws -> Distance {
        let cursor = try await self.position().cursor
        let request = FetchMessage(
            project: self.project, cursor: cursor, options: [.withoutOperations, .withoutObjects])
        let stream = try await connection.open(request, flags: .end)
        return try await stream.closing { try await Self.distance(on: stream, request) }
    }

    private static func distance(on stream: SyncStream, _ request: FetchMessage) async throws -> Distance {
        var machine = FetchClient(request)
        var plan: PlanMessage?
        for try await frame in stream.frames {
            switch machine.received(frame.header, payload: frame.payload.span.bytes) {
            case .begin(let message), .startOver(let message): plan = message
            case .finish(let done):
                // Without a PLAN the cursor stands at the end (FETCH-14).
                let first = plan?.firstOrdinal ?? done.cursor.nextOrdinal
                guard (first...max(first, Limits.ordinalMax)).contains(done.cursor.nextOrdinal) else {
                    throw SyncError(.orderViolated, scope: .stream)
                }
                return Distance(
                    end: done.cursor, firstOrdinal: first,
                    followsCursor: request.cursor != nil && !(plan?.flags.contains(.startingOver) ?? false),
                    byteCount: plan?.storedByteCount ?? 0)
            case .fail(let error): throw error
            case .readData, .apply, .awaitDurability, .rebuilt:
                preconditionFailure("nothing may come that was left out")
            }
        }
        throw SyncTransportError.disconnected
    }
}
