public import ObjectModel
import Storage
import SyncProtocol
public import SyncTransport

/// Finds out in which objects a project differs between this replica and another node, whatever happened to either
/// (Spec §18). Costs bytes for the differences, not for the objects.
public struct ProjectReconcile: Sendable {
    public struct Report: Equatable, Sendable {
        /// Objects of this replica.
        public var objectCount: Int
        /// Objects that only the other node has.
        public var missing: [ObjectID]
        /// Objects that only this replica has.
        public var surplus: [ObjectID]
        /// Objects that the other node had when it was asked, and that it does not name.
        public var goneCount: Int
    }

    /// The two sides have too little in common for this.
    public struct TooDifferent: Error, Sendable {
        /// About so many objects are on one side only.
        public var estimatedCount: Int
    }

    private let replica: Replica
    private let project: ProjectID

    public init(_ replica: Replica, project: ProjectID) {
        self.replica = replica
        self.project = project
    }

    /// - Throws: ``TooDifferent``.
    public func run(on connection: SyncConnection) async throws -> Report {
        let ids = try await self.replica.ids(of: self.project)
        var generator = SystemRandomNumberGenerator()
        let key = SketchKey(
            (0..<SketchKey.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        var machine = ReconcileClient(project: self.project, key: key, sketch: SketchEncoder(ids, key: key))
        let stream = try await connection.open(machine.request)
        let outcome = try await stream.closing { try await Self.converse(on: stream, &machine) }
        return Report(
            objectCount: ids.count, missing: outcome.missing,
            surplus: key.objects(named: outcome.surplus, in: ids), goneCount: outcome.goneCount)
    }

    private static func converse(
        on stream: SyncStream, _ machine: inout ReconcileClient
    ) async throws -> ReconcileClient.Outcome {
        for try await frame in stream.frames {
            switch machine.received(frame.header, payload: frame.payload.span.bytes) {
            case .send(let more): try await stream.send(more)
            case .sendEnd(let more): try await stream.send(more, flags: .end)
            case .equal(let more):
                try await stream.send(more, flags: .end)
                return ReconcileClient.Outcome()
            case .finish(let outcome): return outcome
            case .tooDifferent(let count): throw TooDifferent(estimatedCount: count)
            case .fail(let error): throw error
            }
        }
        throw SyncTransportError.disconnected
    }
}

extension Replica {
    /// The ids of all objects of a project, in the journal's order.
    func ids(of project: ProjectID) async throws -> [ObjectID] {
        guard let slice = try await self.blocks.journal(of: project, from: 0) else {
            throw StorageError.corrupt("the journal of \(project) does not start at 0")
        }
        var ids: [ObjectID] = []
        ids.reserveCapacity(slice.objectCount)
        for extent in slice.extents { ids += try await self.blocks.ids(of: JournalPart(extent).selection) }
        return ids
    }
}
