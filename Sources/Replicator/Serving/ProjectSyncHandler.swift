import ObjectModel
import Storage
public import SyncProtocol
public import SyncTransport

/// Serves the streams of the sync port: fetches, pushes and watches of single projects.
public struct ProjectSyncHandler<Authority: SyncAuthority>: SyncHandler {
    private let replica: Replica
    private let authority: Authority
    private let shared = FetchServing.Shared()

    public init(_ replica: Replica, authority: Authority) {
        self.replica = replica
        self.authority = authority
    }

    public func authenticate(token: String) async throws -> Authority.Peer {
        guard let peer = try await self.authority.peer(token: token) else {
            throw SyncError(.unauthenticated, publicMessage: "The token is not valid here.")
        }
        return peer
    }

    public func key(of peer: Authority.Peer) -> String { self.authority.key(of: peer) }

    public func serve(_ stream: SyncStream, _ type: FrameType, for peer: Authority.Peer) async throws {
        var frames = stream.frames.makeAsyncIterator()
        guard let first = try await frames.next() else { return }
        switch type {
        case .fetch:
            let machine = try FetchServer(first.header, payload: first.payload.span.bytes)
            try await self.require(.read, of: peer, machine.request.project)
            let project = machine.request.project
            let fetch = FetchServing(self.replica, stream, self.shared) {
                try await self.require(.read, of: peer, project)
            }
            try await fetch.serve(machine)
        case .reconcile:
            let machine = try ReconcileServer(first.header, payload: first.payload.span.bytes)
            try await self.require(.read, of: peer, machine.request.project)
            try await self.reconcile(stream, machine, &frames)
        case .watch:
            let machine = try WatchServer(first.header, payload: first.payload.span.bytes)
            try await self.require(.read, of: peer, machine.request.project)
            // It may wait for long: what counts is the right to read when it is answered.
            let project = machine.request.project
            let watch = WatchServing(self.replica, stream) { try await self.require(.read, of: peer, project) }
            try await watch.serve(machine)
        case .offer:
            let machine = try PushServer(first.header, payload: first.payload.span.bytes)
            let project = machine.project
            try await self.require(.write, of: peer, project)
            var run = PushServing(self.replica, stream, machine) { [authority] publications in
                try await authority.publish(publications, in: project, by: peer)
            }
            try await run.serve(first, &frames)
        case .blob:
            let machine = try BlobServer(first.header, payload: first.payload.span.bytes)
            try await self.require(.read, of: peer, machine.request.project)
            try await BlobServing(replica: self.replica, stream: stream).serve(machine)
        case .put:
            let machine = try PutServer(first.header, payload: first.payload.span.bytes)
            try await self.require(.write, of: peer, machine.request.project)
            var run = PutServing(self.replica, stream, machine)
            try await run.serve(&frames)
        default:
            throw SyncError(.unexpectedFrame, scope: .stream)
        }
    }

    private func reconcile(
        _ stream: SyncStream, _ machine: consuming ReconcileServer,
        _ frames: inout AsyncThrowingStream<SyncFrame, any Error>.AsyncIterator
    ) async throws {
        var serving = ReconcileServing(self.replica, stream, machine)
        let isServed: Void? = try await self.shared.budget.spend { try await serving.serve(&frames) }
        if isServed == nil {
            throw SyncError(.busy, scope: .stream, publicMessage: "The node is busy. Ask again later.")
        }
    }

    /// A project that the peer may not see looks exactly like one that does not exist. The token may have ended since the
    /// connection was opened.
    private func require(_ access: ProjectAccess, of peer: Authority.Peer, _ project: ProjectID) async throws {
        guard let peer = try await self.authority.current(peer) else {
            throw SyncError(.unauthenticated, scope: .stream, publicMessage: "The token is not valid any more.")
        }
        let granted = try await self.authority.access(of: peer, to: project)
        guard granted != .none else { throw SyncError(.projectUnknown, publicMessage: "There is no such project.") }
        guard granted >= access else {
            throw SyncError(.forbidden, publicMessage: "You may not write to this project.")
        }
        if access == .write, try await self.replica.metadata.read({ try $0.mirror(of: project) }) != nil {
            throw SyncError(
                .forbidden, publicMessage: "This project is a copy. Push to the node that it comes from.")
        }
    }
}
