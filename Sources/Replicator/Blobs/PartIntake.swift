import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Verifies the parts of a file and makes them durable, one after the other, as they come in.
struct PartIntake {
    let stream: SyncStream
    /// `nil` when no part is expected.
    let arrival: (any BlobArrival)?
    /// Called with the length of each part that became durable.
    var stored: @Sendable (Int) -> Void = { _ in }

    /// - Returns: whether the peer has sent its last part.
    func take(
        _ payload: [UInt8], _ next: (RawSpan, inout Int) -> PartStep
    ) async throws -> Bool {
        var offset = 0
        while true {
            switch next(payload.span.bytes, &offset) {
            case .needMore: return false
            case .began(let byteCount): try await self.stream.blockBegan(byteCount: byteCount)
            case .store(let part, let bytes):
                await self.stream.blockCompleted()
                try await self.store(bytes, part)
                try await self.stream.release(bytes.count)
                self.stored(bytes.count)
            case .finish: return true
            case .fail(let error): throw error
            }
        }
    }

    private func store(_ bytes: [UInt8], _ part: Int) async throws {
        do {
            try await self.arrival?.store(bytes, part: part)
        } catch BlobError.partMismatch(let part) {
            throw SyncError(.contentMismatch, scope: .stream, publicMessage: "Part \(part) of a file is damaged.")
        }
    }
}
