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
    private let edges: EdgeServing?
    private let place: WritePlace?
    private let isRegion: Bool
    private let onNode: (@Sendable (NodeID) -> Void)?
    private let shared = FetchServing.Shared()

    /// - Parameters:
    ///   - roster: the nodes that may read; `nil` lets none in.
    ///   - admission: lists further nodes; `nil` where the organisation's key is not.
    ///   - edges: what is done for edges; `nil` serves none.
    ///   - place: this node; `nil` when nobody writes to it.
    ///   - isRegion: whether it is a region.
    ///   - onNode: called when a node of the roster has connected.
    public init(
        _ replica: Replica, authority: Authority, roster: RosterBook?, admission: (any RegionAdmission)? = nil,
        edges: EdgeServing? = nil, place: WritePlace? = nil, isRegion: Bool = false,
        onNode: (@Sendable (NodeID) -> Void)? = nil
    ) {
        self.replica = replica
        self.authority = authority
        self.roster = roster
        self.admission = admission
        self.edges = edges
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
            self.noteMarks(of: peer, machine.request)
            let fetch = FetchServing(self.replica, stream, self.shared, isForRegion: self.isRegion(peer)) {
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
            var run = PushServing(self.replica, stream, machine, from: self.key(of: peer)) { [authority] publications in
                guard case .person(let person) = peer else {  // LEASE-7
                    throw DomainError(.forbidden, "An edge pushes objects only.")
                }
                return try await authority.publish(publications, in: project, by: person)
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
            try await self.replica.acknowledgements.hearing(node) { try await news.serve(machine) }
        case .join:
            let machine = try JoinServer(first.header, payload: first.payload.span.bytes)
            guard let admission, case .invited(let invitation) = peer else { throw Self.uninvited }
            let roster = try await admission.admit(machine.request.node, by: invitation)
            try await stream.send(JoinedMessage(version: roster.version), flags: .end)
        case .call: try await self.call(CallServer(first.header, payload: first.payload.span.bytes), stream, from: peer)
        case .lease:
            try await self.lease(LeaseServer(first.header, payload: first.payload.span.bytes), stream, from: peer)
        case .purge:
            let machine = try PurgeServer(first.header, payload: first.payload.span.bytes)
            let answer = try await self.purge(machine.request.order, for: peer)
            try await stream.send(PurgedMessage(answer), flags: .end)
        default:
            throw SyncError(.unexpectedFrame, scope: .stream)
        }
    }

    /// What a node asks behind, it holds durably (`FETCH-2`).
    private func noteMarks(of peer: SyncPeer<Authority.Person>, _ request: FetchMessage) {
        guard case .node(let node) = peer, request.followsJournal, !request.options.contains(.withoutOperations)
        else { return }
        self.replica.acknowledgements.note(request.marks.sequences, of: node, in: LogScope(request.project))
    }

    private func isRegion(_ peer: SyncPeer<Authority.Person>) -> Bool {
        guard case .node(let node) = peer else { return false }
        return self.roster?.current?.node(node)?.role == .region
    }

    /// PURGE-3: only regions say what must be removed, and only of projects that they may have.
    private func purge(_ order: PurgeOrder, for peer: SyncPeer<Authority.Person>) async throws -> PurgeAnswer {
        guard case .node(let node) = peer, self.isRegion(peer) else {
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

    private func call(_ machine: CallServer, _ stream: SyncStream, from peer: SyncPeer<Authority.Person>) async throws {
        guard let edges, case .node(let node) = peer, let entry = self.roster?.current?.node(node),
            entry.role == .edge || entry.role == .region
        else { throw SyncError(.forbidden, scope: .stream, publicMessage: "Only nodes pass requests on.") }
        let holder = try machine.request.lease.map { try self.holder(of: $0, shownBy: node) }
        let body = CallBody(machine, on: stream)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await edges.calls.answer(machine.request, body: body, by: holder, to: CallAnswer(to: body))
            }
            // Nobody wants the answer any more (`CALL-6`).
            group.addTask {
                for await _ in stream.life {}
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func lease(
        _ machine: LeaseServer, _ stream: SyncStream, from peer: SyncPeer<Authority.Person>
    ) async throws {
        guard let edges, case .node(let edge) = peer, let entry = self.roster?.current?.node(edge), entry.role == .edge
        else { throw SyncError(.forbidden, scope: .stream, publicMessage: "Only edges get leases.") }
        let project = machine.request.project
        let (person, holder) = try await self.holder(of: machine.request.proof, shownBy: edge)
        let granted =
            project == .server
            ? person == nil ? .none : .read : try await self.authority.access(of: person, to: project)
        // LEASE-9
        let isAdmitted = try await self.replica.metadata.read {
            try project == .server || $0.admits(entry, to: project)
        }
        guard granted != .none, isAdmitted else {
            throw SyncError(.projectUnknown, scope: .stream, publicMessage: "There is no such project.")
        }
        let isCopy = try await self.replica.metadata.read { try $0.mirror(of: project) } != nil
        let leased = edges.give(
            granted == .write && !isCopy ? .write : .read, to: project, for: holder, at: edge)
        try await stream.send(leased, flags: .end)
    }

    private func holder(
        of proof: LeaseMessage.Proof?, shownBy edge: NodeID
    ) async throws -> (Authority.Person?, Lease.Holder?) {
        let person: Authority.Person?
        let holder: Lease.Holder?
        switch proof {
        case .token(let token):
            person = try await self.authority.person(token: token)
            holder = person.map { self.authority.holder(of: $0, showing: token) }
        case .lease(let signed):
            let shown = try self.holder(of: signed, shownBy: edge)
            person = try await self.authority.person(of: shown)
            holder = shown
        case nil: return (nil, nil)
        }
        guard let person else {
            throw SyncError(.unauthenticated, scope: .stream, publicMessage: "The token is not valid here.")
        }
        return (person, holder)
    }

    /// Whose lease it is that an edge shows.
    private func holder(of signed: [UInt8], shownBy edge: NodeID) throws -> Lease.Holder {
        guard let lease = try? LeasedMessage(decoding: signed.span.bytes).lease(listedBy: self.roster?.current),
            lease.edge == edge, let holder = lease.holder
        else { throw SyncError(.unauthenticated, scope: .stream, publicMessage: "The lease is not good.") }
        return holder
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

    /// Nodes read what the roster that holds now says and the project's policy allows, and edges do what they were given leases
    /// for. Regions also read what became of projects that were deleted, and who the people are.
    private func access(of id: NodeID, to project: ProjectID) async throws -> ProjectAccess {
        guard let node = self.roster?.current?.node(id) else {
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
        guard isHere else { return .none }
        let leased = node.role == .edge ? self.edges?.access(of: id, to: project) : nil
        return max(leased ?? .none, node.mayRead(project) ? .read : .none)
    }
}
