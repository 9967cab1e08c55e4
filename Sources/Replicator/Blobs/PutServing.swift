import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Takes the bytes of one file. They can be read once an intent of a push gives the project the file.
struct PutServing: ~Copyable {
    private let replica: Replica
    private let stream: SyncStream
    private var machine: PutServer

    init(_ replica: Replica, _ stream: SyncStream, _ machine: consuming PutServer) {
        self.replica = replica
        self.stream = stream
        self.machine = machine
    }

    mutating func serve(
        _ frames: inout AsyncThrowingStream<SyncFrame, any Error>.AsyncIterator
    ) async throws {
        let (project, parts) = (self.machine.request.project, self.machine.request.parts)
        let digest = parts.digest
        // Only what this project has counts: that another one has the same bytes must not show.
        let isHeld = try await self.replica.metadata.read { try $0.content(digest, in: project) != nil }
        let arrival = isHeld ? nil : try await self.replica.blobs.arrival(of: parts, for: project)
        try await self.stream.send(self.machine.needing(await arrival?.missing ?? []))
        try await self.receive(PartIntake(stream: self.stream, arrival: arrival), &frames)
        if let content = try await arrival?.finish() {
            try await self.replica.metadata.write { try $0.noteContent(content, in: project) }
        }
        try await self.stream.send(ResultMessage(outcome: .applied), flags: .end)
    }

    private mutating func receive(
        _ intake: PartIntake, _ frames: inout AsyncThrowingStream<SyncFrame, any Error>.AsyncIterator
    ) async throws {
        while let frame = try await frames.next(isolation: #isolation) {
            if let error = self.machine.received(frame.header) { throw error }
            if try await intake.take(frame.payload, { self.machine.nextPart(in: $0, at: &$1) }) { return }
        }
        throw SyncError(.truncated, scope: .stream)
    }
}
