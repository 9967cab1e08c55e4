import ObjectModel
import SyncProtocol
import Testing

/// Who may read what, which roster is taken, and when one may pass.
@Suite struct RosterTests {
    private static let message = RosterMessage(document: [1, 2, 3], signature: [UInt8](repeating: 7, count: 64))
    private static let ready = HelloMessage(capabilities: [.roster])

    private static func node(_ role: NodeRole, projects: [String]? = nil) -> RosterNode {
        RosterNode(
            id: Names.origins[0], name: "a", role: role, region: "Europe",
            projects: projects?.map(ProjectID.init(rawValue:)))
    }

    @Test("NODE-6: a list says what a node may read; without one, regions read all and others nothing")
    func access() {
        let project = Names.project
        #expect(Self.node(.region).mayRead(project))
        #expect(!Self.node(.edge).mayRead(project))
        #expect(!Self.node(NodeRole(rawValue: 9)).mayRead(project))
        for role in [NodeRole.region, .edge, NodeRole(rawValue: 9)] {
            #expect(Self.node(role, projects: ["other", project.rawValue]).mayRead(project))
            #expect(!Self.node(role, projects: ["other"]).mayRead(project))
        }
    }

    @Test("ROSTER-7: only a higher version is taken, and one version is one document")
    func succession() {
        let held = (version: 5 as UInt64, document: [1, 2] as [UInt8])
        #expect(RosterSuccession(version: 1, document: [1], held: nil) == .newer)
        #expect(RosterSuccession(version: 6, document: [1, 2], held: held) == .newer)
        #expect(RosterSuccession(version: 5, document: [1, 2], held: held) == .same)
        #expect(RosterSuccession(version: 5, document: [1, 3], held: held) == .conflicting)
        #expect(RosterSuccession(version: 4, document: [1, 2], held: held) == .older)
        #expect(RosterSuccession(version: 4, document: [9], held: held) == .older)
    }

    @Test("ROSTER-1: the largest document fits into a frame of the default limit")
    func largest() throws {
        let message = RosterMessage(
            document: [UInt8](repeating: 1, count: Limits.rosterByteCountMax), signature: Self.message.signature)
        #expect(message.encoded().count <= Limits.frameByteCountDefault)
        #expect(try RosterMessage(decoding: message.encoded().span.bytes) == message)
        var payload: [UInt8] = [2]
        Varint.encode(UInt64(Limits.rosterByteCountMax + 1), into: &payload)
        payload += [UInt8](repeating: 1, count: Limits.rosterByteCountMax + 1) + [4, 64] + message.signature
        #expect(throws: WireError(.invalidField, tag: 2)) { _ = try RosterMessage(decoding: payload.span.bytes) }
    }

    @Test("AUTH-9: the acceptor is told whether a token or a certificate counts")
    func credentials() {
        for credential in [Credential.certificate, .token("x")] {
            let connection = Machine(.init(side: .acceptor))
            _ = connection.received(Frame(HelloMessage(), stream: 0))
            #expect(connection.received(Frame(AuthMessage(credential), stream: 0)) == .authenticate(credential))
        }
    }

    @Test(
        "ROSTER-3: rosters pass between nodes that both take them, and never else",
        arguments: [
            Connection.Side.dialler, .acceptor,
        ])
    func exchange(_ side: Connection.Side) {
        let frame = Frame(Self.message, stream: 0)
        let node = Machine.open(side, hello: Self.ready, peer: Self.ready, credential: .certificate)
        #expect(node.received(frame) == .roster(Self.message))
        #expect(node.roster(Self.message, version: 1) == Self.message.frame(stream: 0))
        for machine in [
            Machine.open(side, hello: Self.ready, peer: Self.ready),
            Machine.open(side, hello: HelloMessage(), peer: Self.ready, credential: .certificate),
            Machine.open(side, hello: Self.ready, peer: HelloMessage(), credential: .certificate),
        ] {
            #expect(machine.roster(Self.message, version: 9) == [])
            #expect(machine.received(frame).failure == .unexpectedFrame)
        }
    }

    @Test("ROSTER-3: no roster passes before the handshake is over")
    func early() {
        let acceptor = Machine(.init(side: .acceptor, hello: Self.ready))
        _ = acceptor.received(Frame(Self.ready, stream: 0))
        #expect(acceptor.roster(Self.message, version: 1) == [])
        #expect(acceptor.received(Frame(Self.message, stream: 0)).failure == .unexpectedFrame)
        let dialler = Machine(.init(side: .dialler, hello: Self.ready))
        #expect(dialler.roster(Self.message, version: 1) == [])
        #expect(dialler.received(Frame(Self.message, stream: 0)).failure == .unexpectedFrame)
    }

    @Test("ROSTER-4: a roster is sent once, and only to a peer whose own is older")
    func sentOnce() {
        let peer = HelloMessage(capabilities: [.roster], rosterVersion: 4)
        let machine = Machine.open(hello: Self.ready, peer: peer, credential: .certificate)
        let frame = Self.message.frame(stream: 0)
        #expect(machine.roster(Self.message, version: 4) == [])
        #expect(machine.roster(Self.message, version: 5) == frame)
        #expect(machine.roster(Self.message, version: 5) == [])
        machine.peerHolds(rosterVersion: 8)
        #expect(machine.roster(Self.message, version: 8) == [])
        #expect(machine.roster(Self.message, version: 9) == frame)
        // A peer that brings an older one again has not forgotten what it was sent.
        machine.peerHolds(rosterVersion: 1)
        #expect(machine.roster(Self.message, version: 9) == [])
    }

    @Test("FRAME-8: a roster belongs to the connection")
    func wrongStream() {
        let machine = Machine.open(hello: Self.ready, peer: Self.ready, credential: .certificate)
        #expect(machine.received(Frame(Self.message, stream: 1)).failure == .invalidStreamID)
    }
}
