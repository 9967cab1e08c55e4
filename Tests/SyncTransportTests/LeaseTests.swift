import Crypto
import Foundation
import ObjectModel
import SyncProtocol
import Testing

@testable import SyncTransport

/// Whose signature makes a lease.
@Suite struct LeaseTests {
    private static let signer = LeaseSigner(P256.Signing.PrivateKey())
    private static let edge = NodeID(rawValue: String(repeating: "2", count: 64))

    private static func roster(_ node: NodeID, role: NodeRole = .region) -> Roster {
        Roster(
            version: 1, issuedAt: Timestamp(millisecondsSinceEpoch: 1),
            nodes: [RosterNode(id: node, name: "paris", role: role, region: "Europe")])
    }

    private static var lease: Lease {
        Lease(
            region: self.signer.node, edge: self.edge, project: ProjectID(rawValue: "3a1f09c2d7"), holder: nil,
            access: .read, issuedAt: Timestamp(millisecondsSinceEpoch: 1), seconds: 60)
    }

    private static func changes(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.indices.map { index in
            var changed = bytes
            changed[index] ^= 1
            return changed
        }
    }

    @Test("LEASE-4: a region of the roster signs leases, and no other byte is good")
    func signature() throws {
        let message = Self.signer.sign(Self.lease)
        let roster = Self.roster(Self.signer.node)
        #expect(try message.lease(listedBy: roster) == Self.lease)
        for document in Self.changes(of: message.document) {
            let changed = LeasedMessage(document: document, signature: message.signature, key: message.key)
            #expect(throws: LeaseError.forged) { try changed.lease(listedBy: roster) }
        }
        for signature in Self.changes(of: message.signature) {
            let changed = LeasedMessage(document: message.document, signature: signature, key: message.key)
            #expect(throws: LeaseError.forged) { try changed.lease(listedBy: roster) }
        }
    }

    @Test("LEASE-4: a node that the roster does not list as a region signs nothing that counts")
    func signers() throws {
        let message = Self.signer.sign(Self.lease)
        #expect(throws: LeaseError.forged) { try message.lease(listedBy: nil) }
        #expect(throws: LeaseError.forged) { try message.lease(listedBy: Self.roster(Self.edge)) }
        #expect(throws: LeaseError.forged) { try message.lease(listedBy: Self.roster(Self.signer.node, role: .edge)) }
        // Another key, which says that it is this region's.
        let other = P256.Signing.PrivateKey()
        let signature = try other.signature(for: LeasedMessage.signedBytes(of: message.document)).rawRepresentation
        let forged = LeasedMessage(
            document: message.document, signature: Array(signature), key: Array(other.publicKey.derRepresentation))
        #expect(throws: LeaseError.forged) { try forged.lease(listedBy: Self.roster(Self.signer.node)) }
    }

    @Test("LEASE-4: the independent implementation's signature is good")
    func vector() throws {
        struct Vector: Decodable { var prefix, document, signature, key: String }
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Spec/vectors/lease.json").standardized
        let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: file))
        func bytes(_ digits: String) -> [UInt8] {
            let digits = Array(digits)
            return stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(digits[$0...($0 + 1)]), radix: 16)
            }
        }
        let message = LeasedMessage(
            document: bytes(vector.document), signature: bytes(vector.signature), key: bytes(vector.key))
        let lease = try message.lease(listedBy: Self.roster(NodeID(publicKey: message.key)))
        #expect(LeasedMessage.signedBytes(of: []) == bytes(vector.prefix))
        #expect(lease.seconds == 28_800 && lease.access == .write)
    }
}
