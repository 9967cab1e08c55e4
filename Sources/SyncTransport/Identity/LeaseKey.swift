import Crypto
public import Foundation
public import ObjectModel
public import SyncProtocol

/// Signs leases with a node's own key (Spec §21.2).
public struct LeaseSigner: Sendable {
    private let key: P256.Signing.PrivateKey
    /// The node that holds the key.
    public let node: NodeID

    /// - Throws: ``NodeIdentityError`` when the directory's key is not one on P-256.
    public init(_ directory: URL) throws {
        let file = NodeIdentity.keyFile(in: directory)
        guard let pem = try? String(contentsOf: file, encoding: .utf8),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: pem)
        else { throw NodeIdentityError.incomplete(directory.path) }
        self.init(key)
    }

    init(_ key: P256.Signing.PrivateKey) {
        self.key = key
        self.node = NodeID(publicKey: Array(key.publicKey.derRepresentation))
    }

    /// - Precondition: the lease names this node as its region, and is one that can be encoded.
    public func sign(_ lease: Lease) -> LeasedMessage {
        precondition(lease.region == self.node, "a lease of another region")
        let document = lease.encoded()
        do {
            let signature = try self.key.signature(for: LeasedMessage.signedBytes(of: document))
            return LeasedMessage(
                document: document, signature: Array(signature.rawRepresentation),
                key: Array(self.key.publicKey.derRepresentation))
        } catch {
            preconditionFailure("a whole key signs: \(error)")
        }
    }
}

extension LeasedMessage {
    /// The lease, when the region that it names has signed it and `roster` lists that node as one (`LEASE-4`).
    public func lease(listedBy roster: Roster?) throws(LeaseError) -> Lease {
        guard let key = try? P256.Signing.PublicKey(derRepresentation: self.key),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: self.signature),
            key.isValidSignature(signature, for: Self.signedBytes(of: self.document))
        else { throw .forged }
        guard let lease = try? Lease(decoding: self.document.span.bytes) else { throw .malformed }
        let signer = NodeID(publicKey: self.key)
        guard signer == lease.region, roster?.node(signer)?.role == .region else { throw .forged }
        return lease
    }
}

/// Why a lease does not count.
public enum LeaseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Signed by nobody who may, or changed since.
    case forged
    /// Signed, but no lease that this release can read.
    case malformed
    /// A good one, of something else.
    case mismatched

    public var description: String {
        switch self {
        case .forged: "the lease is not signed by a region of the roster"
        case .malformed: "the lease cannot be read"
        case .mismatched: "the lease is not the one that was asked for"
        }
    }
}

extension NodeID {
    /// The id of the node that holds this key: its SubjectPublicKeyInfo (`NODE-1`).
    init(publicKey: [UInt8]) {
        self.init(rawValue: ContentHash(SHA256.hash(data: publicKey)).description)
    }
}
