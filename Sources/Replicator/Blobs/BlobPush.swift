import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Gives a project of another node the bytes of one file, as many parts as it lacks.
struct BlobPush {
    let replica: Replica
    let target: ProjectID
    let digest: ContentHash

    /// - Returns: how many bytes of the file were sent.
    func run(on connection: SyncConnection) async throws -> Int {
        guard let parts = try await self.replica.blobs.parts(of: self.digest) else {
            throw StorageError.corrupt("the file \(self.digest) is gone")
        }
        let request = PutMessage(project: self.target, parts: parts)
        let stream = try await connection.open(request)
        return try await stream.closing { try await self.exchange(stream, PutClient(request)) }
    }

    private func exchange(_ stream: SyncStream, _ machine: consuming PutClient) async throws -> Int {
        let parts = machine.request.parts
        var byteCount = 0
        for try await frame in stream.frames {
            switch machine.received(frame.header, payload: frame.payload.span.bytes) {
            case .send(let numbers):
                byteCount = numbers.reduce(0) { $0 + parts.byteCount(of: $1) }
                try await stream.send(numbers, of: parts, from: self.replica.blobs)
            case .finish: return byteCount
            case .fail(let error): throw error
            }
        }
        throw SyncTransportError.disconnected
    }
}
