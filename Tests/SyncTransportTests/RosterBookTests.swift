import Foundation
import Logging
import ObjectModel
import SyncProtocol
import SyncTransport
import Synchronization
import Testing

/// Signatures, and what a node holds.
@Suite struct RosterBookTests {
    private static let signer = RosterSigner()

    private static func roster(_ version: UInt64, name: String = "paris") -> Roster {
        let id = NodeID(rawValue: String(repeating: "1", count: 64))
        return Roster(
            version: version, issuedAt: Timestamp(millisecondsSinceEpoch: 1),
            nodes: [RosterNode(id: id, name: name, role: .region, region: "Europe")])
    }

    /// What was kept, in order; keeping fails when it is told to.
    private final class Keeper: Sendable {
        struct Full: Error {}
        private let state = Mutex((kept: [RosterMessage](), isFull: false))
        var kept: [RosterMessage] { self.state.withLock { $0.kept } }
        func setFull(_ isFull: Bool) { self.state.withLock { $0.isFull = isFull } }
        func keep(_ message: RosterMessage) throws {
            try self.state.withLock { state in
                guard !state.isFull else { throw Full() }
                state.kept.append(message)
            }
        }
    }

    private static func book(_ keeper: Keeper, held: RosterMessage? = nil) throws -> RosterBook {
        try RosterBook(key: self.signer.publicKey, held: held, logger: Logger(label: "test")) { try keeper.keep($0) }
    }

    @Test("ROSTER-2: the independent implementation's signature is good, and no other byte is")
    func vector() throws {
        struct Vector: Decodable { var key, prefix, document, signature: String }
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Spec/vectors/roster.json").standardized
        let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: file))
        let key = try #require(RosterKey(vector.key))
        let (document, signature) = (Self.bytes(vector.document), Self.bytes(vector.signature))
        #expect(RosterMessage.signedBytes(of: []) == Self.bytes(vector.prefix))
        #expect(try key.roster(in: RosterMessage(document: document, signature: signature)).version == 7)
        #expect("\(key)" == vector.key)
        for index in document.indices {
            var changed = document
            changed[index] ^= 1
            let message = RosterMessage(document: changed, signature: signature)
            #expect(throws: RosterError.forged) { _ = try key.roster(in: message) }
        }
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            let message = RosterMessage(document: document, signature: changed)
            #expect(throws: RosterError.forged) { _ = try key.roster(in: message) }
        }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    @Test("ROSTER-2: only the organisation's key counts, and only over what it signs for rosters")
    func otherKey() throws {
        let message = try Self.signer.sign(Self.roster(1))
        #expect(try Self.signer.publicKey.roster(in: message) == Self.roster(1))
        #expect(throws: RosterError.forged) { _ = try RosterSigner().publicKey.roster(in: message) }
        #expect(RosterKey("00") == nil)
        #expect(RosterKey("\(Self.signer.publicKey)".uppercased()) == nil)
    }

    @Test("a key comes back from its file")
    func pem() throws {
        let again = try #require(RosterSigner(pem: Self.signer.pem))
        #expect(again.publicKey == Self.signer.publicKey)
        #expect(RosterSigner(pem: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----") == nil)
        #expect(RosterSigner(pem: "") == nil)
    }

    @Test("ROSTER-9: a document that was signed and cannot be read is refused, and so is a large one")
    func unreadable() throws {
        var large = Self.roster(1)
        large.nodes = (0..<256).map { number in
            let digits = String(number, radix: 16)
            return RosterNode(
                id: NodeID(rawValue: String(repeating: "0", count: 64 - digits.count) + digits), name: "n\(number)",
                role: .region, region: "Europe", projects: (0..<99).map { ProjectID(rawValue: "project-\(100 + $0)") })
        }
        #expect(throws: RosterError.self) { _ = try Self.signer.sign(large) }
        let keeper = Keeper()
        let book = try Self.book(keeper)
        // Signed as it stands: two nodes in the wrong order.
        large.nodes = [large.nodes[1], large.nodes[0]]
        let message = try Self.signer.sign(large)
        #expect(throws: RosterError.malformed) { _ = try book.take(message) }
        #expect(book.current == nil && keeper.kept.isEmpty)
    }

    @Test("ROSTER-7: what is held only ever grows; one version has one document")
    func rollback() throws {
        let keeper = Keeper()
        let (one, two) = (try Self.signer.sign(Self.roster(1)), try Self.signer.sign(Self.roster(2)))
        let book = try Self.book(keeper, held: one)
        #expect(book.current == Self.roster(1))
        #expect(try book.take(two).1 == .taken)
        #expect(try book.take(one).1 == .outdated)
        #expect(try book.take(two).1 == .known)
        let other = try Self.signer.sign(Self.roster(2, name: "lyon"))
        #expect(throws: RosterError.conflicting(version: 2)) { _ = try book.take(other) }
        let forged = try RosterSigner().sign(Self.roster(3))
        #expect(throws: RosterError.forged) { _ = try book.take(forged) }
        #expect(book.current == Self.roster(2))
        #expect(keeper.kept == [two])
    }

    @Test("ROSTER-8: a roster that cannot be kept is not gone by")
    func notKept() throws {
        let keeper = Keeper()
        let book = try Self.book(keeper)
        let message = try Self.signer.sign(Self.roster(1))
        keeper.setFull(true)
        #expect(throws: Keeper.Full.self) { _ = try book.take(message) }
        #expect(book.current == nil)
        keeper.setFull(false)
        #expect(try book.take(message).1 == .taken)
        #expect(book.current == Self.roster(1) && keeper.kept == [message])
    }

    @Test("ROSTER-7: what was kept under another key is no roster")
    func keptUnderAnotherKey() throws {
        let message = try RosterSigner().sign(Self.roster(1))
        #expect(throws: RosterError.forged) { _ = try Self.book(Keeper(), held: message) }
    }
}
