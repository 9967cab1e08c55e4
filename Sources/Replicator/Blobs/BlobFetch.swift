import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Brings the bytes of one file from another node. What came before a cut does not come again.
struct BlobFetch {
    let replica: Replica
    let project: ProjectID
    /// What an operation says that the file holds.
    let content: BlobContent
    var stored: @Sendable (Int) -> Void = { _ in }

    /// - Throws: ``SyncError`` when what comes is not that.
    func run(on connection: SyncConnection) async throws {
        let found = try await self.arrive(on: connection).finish()
        guard found == self.content else { throw self.mismatch }
        try await self.replica.metadata.write { try $0.noteContent(found, in: self.project) }
    }

    private var mismatch: SyncError {
        SyncError(
            .contentMismatch, scope: .stream, publicMessage: "The file \(self.content.digest) is not what it should be."
        )
    }

    /// The arrival with all of its parts.
    private func arrive(on connection: SyncConnection) async throws -> any BlobArrival {
        let (project, digest) = (self.project, self.content.digest)
        if self.content.byteCount == 0, let parts = BlobParts(byteCount: 0, hashes: []) {
            return try await self.replica.blobs.arrival(of: parts, for: project)
        }
        guard let cut = try await self.replica.blobs.cutArrival(of: digest, for: project) else {
            return try await self.fetch(BlobMessage(project: project, digest: digest), into: nil, on: connection)
        }
        for range in Self.ranges(of: await cut.missing) {
            let request = BlobMessage(
                project: project, digest: digest, firstPart: range.lowerBound, partCount: range.count)
            _ = try await self.fetch(request, into: cut, on: connection)
        }
        return cut
    }

    /// Consecutive numbers together.
    static func ranges(of numbers: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound == number {
                ranges[ranges.count - 1] = last.lowerBound..<(number + 1)
            } else {
                ranges.append(number..<(number + 1))
            }
        }
        return ranges
    }

    /// - Parameter known: an arrival that was cut; `nil` begins a new one.
    private func fetch(
        _ request: BlobMessage, into known: (any BlobArrival)?, on connection: SyncConnection
    ) async throws -> any BlobArrival {
        let stream = try await connection.open(request, flags: .end)
        return try await stream.closing { try await self.receive(stream, BlobClient(request), into: known) }
    }

    private func receive(
        _ stream: SyncStream, _ machine: consuming BlobClient, into known: (any BlobArrival)?
    ) async throws -> any BlobArrival {
        var arrival = known
        for try await frame in stream.frames {
            switch machine.received(frame.header, payload: frame.payload.span.bytes) {
            case .begin(let parts):
                guard parts.byteCount == self.content.byteCount else { throw self.mismatch }
                if arrival == nil { arrival = try await self.replica.blobs.arrival(of: parts, for: self.project) }
            case .readData:
                let intake = PartIntake(stream: stream, arrival: arrival, stored: self.stored)
                let isDone = try await intake.take(frame.payload) { machine.nextPart(in: $0, at: &$1) }
                if isDone, let arrival { return arrival }
            case .finish: throw self.mismatch
            case .fail(let error): throw error
            }
        }
        throw SyncTransportError.disconnected
    }
}
