public import ObjectModel
public import Storage
public import SyncProtocol
public import SyncTransport

/// Serves the streams of the sync port: fetches, pushes and watches of single projects.
public struct ProjectSyncHandler<Authority: SyncAuthority>: SyncHandler {
    private let replica: Replica
    private let authority: Authority
    private let roster: RosterBook?
    private let admission: (any RegionAdmission)?
    private let place: WritePlace?
    private let isRegion: Bool
    private let onNode: (@Sendable (NodeID) -> Void)?
    private let shared = FetchServing.Shared()

    /// - Parameters:
    ///   - roster: the nodes that may read; `nil` lets none in.
    ///   - admission: lists further nodes; `nil` where the organisation's key is not.
    ///   - place: this node; `nil` when nobody writes to it.
    ///   - isRegion: whether it is a region.
    ///   - onNode: called when a node of the roster has connected.
    public init(
        _ replica: Replica, authority: Authority, roster: RosterBook?, admission: (any RegionAdmission)? = nil,
        place: WritePlace? = nil, isRegion: Bool = false, onNode: (@Sendable (NodeID) -> Void)? = nil
    ) {
        self.replica = replica
        self.authority = authority
        self.roster = roster
        self.admission = admission
        self.place = place
        self.isRegion = isRegion
        self.onNode = onNode
    }

    public func authenticate(_ proof: PeerProof) async throws -> SyncPeer<Authority.Person> {
        switch proof {
        case .token(let token):
            if let person = try await self.authority.person(token: token) { return .person(person) }
            guard let admission, try await admission.accepts(token) else {
                throw SyncError(.unauthenticated, publicMessage: "The token is not valid here.")
            }
            return .invited(token)
        case .node(let node):
            guard self.roster?.current?.node(node) != nil else {
                throw SyncError(.unauthenticated, publicMessage: "This node does not know yours.")
            }
            self.onNode?(node)
            return .node(node)
        }
    }

    public func key(of peer: SyncPeer<Authority.Person>) -> String {
        switch peer {
        case .person(let person): self.authority.key(of: person)
        case .node(let node): node.rawValue
        case .invited(let invitation): invitation
        }
    }

    public func serve(
        _ stream: SyncStream, _ type: FrameType, for peer: SyncPeer<Authority.Person>
    ) async throws {
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
            try await self.reconcile(stream, machine, &frames, for: peer)
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
            guard case .person(let person) = peer else { preconditionFailure("nodes may not write") }
            var run = PushServing(self.replica, stream, machine, from: self.key(of: peer)) { [authority] publications in
                try await authority.publish(publications, in: project, by: person)
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
        case .news:
            let machine = try NewsServer(first.header, payload: first.payload.span.bytes)
            guard case .node(let node) = peer else {
                throw SyncError(.forbidden, scope: .stream, publicMessage: "Only nodes hear of all projects.")
            }
            let news = NewsServing(self.replica, stream, for: node) { try await self.access(of: node, to: $0) != .none }
            try await news.serve(machine)
        case .join:
            let machine = try JoinServer(first.header, payload: first.payload.span.bytes)
            guard let admission, case .invited(let invitation) = peer else { throw Self.uninvited }
            let roster = try await admission.admit(machine.request.node, by: invitation)
            try await stream.send(JoinedMessage(version: roster.version), flags: .end)
        case .purge:
            let machine = try PurgeServer(first.header, payload: first.payload.span.bytes)
            let answer = try await self.purge(machine.request.order, for: peer)
            try await stream.send(PurgedMessage(answer), flags: .end)
        default:
            throw SyncError(.unexpectedFrame, scope: .stream)
        }
    }

    /// PURGE-3: only regions say what must be removed, and only of projects that they may have.
    private func purge(_ order: PurgeOrder, for peer: SyncPeer<Authority.Person>) async throws -> PurgeAnswer {
        guard case .node(let node) = peer, self.roster?.current?.node(node)?.role == .region else {
            throw SyncError(.forbidden, scope: .stream, publicMessage: "Only regions say what must be removed.")
        }
        let intake = self.isRegion ? self.place.map { PurgeIntake(node: $0.node) } : nil
        guard let answer = try await self.replica.metadata.write({ try intake?.take(order, from: node, in: $0) }) else {
            throw Self.unknown
        }
        if answer == .removed { self.replica.changes.announce(order.project, from: node) }
        return answer
    }

    private static var unknown: SyncError { SyncError(.projectUnknown, publicMessage: "There is no such project.") }

    /// JOIN-3: invitations open JOIN and nothing else, and nothing else opens it.
    private static var uninvited: SyncError {
        SyncError(
            .forbidden, scope: .stream, publicMessage: "Nodes join by an invitation, and with it do nothing else.")
    }

    private func reconcile(
        _ stream: SyncStream, _ machine: consuming ReconcileServer,
        _ frames: inout AsyncThrowingStream<SyncFrame, any Error>.AsyncIterator, for peer: SyncPeer<Authority.Person>
    ) async throws {
        let project = machine.request.project
        var serving = ReconcileServing(self.replica, stream, machine) {
            try await self.require(.read, of: peer, project)
        }
        let isServed: Void? = try await self.shared.budget.spend { try await serving.serve(&frames) }
        if isServed == nil {
            throw SyncError(.busy, scope: .stream, publicMessage: "The node is busy. Ask again later.")
        }
    }

    /// A project that the peer may not see looks exactly like one that does not exist. The token may have ended since the
    /// connection was opened, or the roster may have changed.
    private func require(
        _ access: ProjectAccess, of peer: SyncPeer<Authority.Person>, _ project: ProjectID
    ) async throws {
        let granted =
            switch peer {
            case .person(let person): try await self.access(of: person, to: project)
            case .node(let node): try await self.access(of: node, to: project)
            case .invited: throw Self.uninvited
            }
        guard granted != .none else { throw Self.unknown }
        guard granted >= access else {
            throw SyncError(.forbidden, publicMessage: "You may not write to this project.")
        }
        guard access == .write, let place else { return }
        if let refusal = try await self.replica.metadata.read({ try place.refusal(for: project, $0) }) {
            throw SyncError(.forbidden, publicMessage: refusal.message)
        }
    }

    private func access(of person: Authority.Person, to project: ProjectID) async throws -> ProjectAccess {
        guard let person = try await self.authority.current(person) else {
            throw SyncError(.unauthenticated, scope: .stream, publicMessage: "The token is not valid any more.")
        }
        return try await self.authority.access(of: person, to: project)
    }

    /// Nodes read what the roster that holds now says and the project's policy allows, and write nothing. Regions also read what became of projects that
    /// were deleted, and who the people are.
    private func access(of node: NodeID, to project: ProjectID) async throws -> ProjectAccess {
        guard let node = self.roster?.current?.node(node) else {
            throw SyncError(
                .unauthenticated, scope: .stream, publicMessage: "This node does not know yours any more.")
        }
        let isRegion = node.role == .region && node.projects == nil
        if project == .server { return isRegion ? .read : .none }
        let isHere = try await self.replica.metadata.read { rows in
            guard try rows.admits(node, to: project) else { return false }
            guard try rows.project(project) == nil else { return true }
            return isRegion ? !(try rows.origins(in: LogScope(project)).isEmpty) : false
        }
        return isHere && node.mayRead(project) ? .read : .none
    }
}
