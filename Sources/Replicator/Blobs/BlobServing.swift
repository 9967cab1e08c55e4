import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Answers one BLOB.
struct BlobServing {
    let replica: Replica
    let stream: SyncStream

    func serve(_ machine: consuming BlobServer) async throws {
        let request = machine.request
        let isHeld = try await self.replica.metadata.read {
            try $0.content(request.digest, in: request.project) != nil
        }
        guard isHeld, let parts = try await self.replica.blobs.parts(of: request.digest) else {
            throw SyncError(.blobUnknown, scope: .stream, publicMessage: "The project has no such file.")
        }
        let wanted = try machine.wanted(of: parts)
        try await self.stream.send(PartsMessage(parts), flags: wanted.isEmpty ? .end : [])
        guard !wanted.isEmpty else { return }
        try await self.stream.send(wanted, of: parts, from: self.replica.blobs)
    }
}

extension SyncStream {
    /// Sends parts of a file, and ends this side.
    func send(_ numbers: some Sequence<Int>, of parts: BlobParts, from blobs: any BlobStore) async throws {
        let digest = parts.digest
        for number in numbers { try await self.sendData(blobs.read(digest, parts.range(of: number))) }
        try await self.endData()
    }
}
