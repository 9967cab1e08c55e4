import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport
import Testing

/// Whom a copy is fetched from, and in whose name.
@Suite struct ProjectSourceTests {
    private static let source = NodeID(rawValue: String(repeating: "1", count: 64))
    private static let ways = [NodeAddress(host: "a", port: 1), NodeAddress(host: "b", port: 443, route: .https)]
    private static let given = NodeAddress(host: "c", port: 3)

    private static func roster(_ addresses: [NodeAddress] = ways, of node: NodeID = source) -> Roster {
        Roster(
            version: 3, issuedAt: Timestamp(millisecondsSinceEpoch: 0),
            nodes: [RosterNode(id: node, name: "paris", role: .region, region: "Europe", addresses: addresses)])
    }

    private static func mirror(_ address: NodeAddress?, token: String?) -> Mirror {
        Mirror(
            project: ProjectID(rawValue: "p"), sourceAddress: address, sourceNode: self.source, sourceToken: token,
            createdAt: Timestamp(millisecondsSinceEpoch: 0))
    }

    private static func target(_ address: NodeAddress, _ credential: Credential) -> SyncDialler.Target {
        SyncDialler.Target(address, node: self.source, credential: credential)
    }

    @Test("a token and an address need no roster, and no place in one")
    func token() throws {
        let mirror = Self.mirror(Self.given, token: "t")
        let other = Self.roster(of: NodeID(rawValue: String(repeating: "2", count: 64)))
        for roster in [nil, Self.roster(), other] {
            #expect(try mirror.source(by: roster).ways == [Self.target(Self.given, .token("t"))])
        }
    }

    @Test("NODE-8: without a token the source must stand in the roster that is held, even when its address is given")
    func certificate() throws {
        let mirror = Self.mirror(Self.given, token: nil)
        #expect(try mirror.source(by: Self.roster()).ways == [Self.target(Self.given, .certificate)])
        let other = Self.roster(of: NodeID(rawValue: String(repeating: "2", count: 64)))
        #expect(throws: SourceUnknown.self) { _ = try mirror.source(by: other).ways }
        // Before the first roster whoever named the node answers for it.
        #expect(try mirror.source(by: nil).ways == [Self.target(Self.given, .certificate)])
    }

    @Test("the roster's addresses are tried in their order")
    func addresses() throws {
        for (token, credential) in [("t", Credential.token("t")), (nil, .certificate)] as [(String?, Credential)] {
            let mirror = Self.mirror(nil, token: token)
            #expect(try mirror.source(by: Self.roster()).ways == Self.ways.map { Self.target($0, credential) })
            #expect(throws: SourceUnknown.self) { _ = try mirror.source(by: Self.roster([])).ways }
            #expect(throws: SourceUnknown.self) { _ = try mirror.source(by: nil).ways }
        }
    }
}
