import Crypto
public import Foundation
public import NIOSSL
public import ObjectModel
import SwiftASN1
import X509

/// The key that a node proves itself with, and the certificate that carries it.
///
/// The certificate is self-signed and its names mean nothing: peers pin the node id, which is the SHA-256 of the public
/// key (Spec §3.3).
public struct NodeIdentity: Sendable {
    /// Certificates do not bound trust in a pinned key, so they live long.
    private static let certificateLifetime: TimeInterval = 20 * 365 * 86_400

    public let nodeID: NodeID
    public let certificate: NIOSSLCertificate
    public let privateKey: NIOSSLPrivateKey

    /// Reads the identity of a data directory, or makes one at the first start.
    ///
    /// The key file is readable by its owner only. A directory with one file but not the other is an error: a new key
    /// would silently make this another node.
    public static func loadOrCreate(in directory: URL) throws -> NodeIdentity {
        let keyFile = Self.keyFile(in: directory)
        let certificateFile = directory.appendingPathComponent("node-certificate.pem")
        let files = FileManager.default
        switch (files.fileExists(atPath: keyFile.path), files.fileExists(atPath: certificateFile.path)) {
        case (true, true):
            break
        case (false, false):
            try files.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try self.create(keyFile: keyFile, certificateFile: certificateFile)
        default:
            throw NodeIdentityError.incomplete(directory.path)
        }
        return try self.load(keyFile: keyFile, certificateFile: certificateFile)
    }

    /// A secret that follows from the node's key: the same after each start, and another one for each purpose.
    public func secret(for purpose: String) throws -> [UInt8] {
        let key = SymmetricKey(data: try self.privateKey.derBytes)
        let secret = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("tiebeam \(purpose) 1".utf8), outputByteCount: SHA256.byteCount)
        return secret.withUnsafeBytes { Array($0) }
    }

    static func keyFile(in directory: URL) -> URL { directory.appendingPathComponent("node-key.pem") }

    private static func create(keyFile: URL, certificateFile: URL) throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("tiebeam node") }
        let now = Date()
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now.addingTimeInterval(-86_400),
            notValidAfter: now.addingTimeInterval(self.certificateLifetime),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {},
            issuerPrivateKey: Certificate.PrivateKey(key))
        let pem = try certificate.serializeAsPEM().pemString
        let options: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        // The key goes first: a certificate without its key would look like a lost key.
        guard
            FileManager.default.createFile(
                atPath: keyFile.path, contents: Data(key.pemRepresentation.utf8), attributes: options),
            FileManager.default.createFile(
                atPath: certificateFile.path, contents: Data(pem.utf8), attributes: options)
        else { throw NodeIdentityError.notWritable(keyFile.deletingLastPathComponent().path) }
    }

    private static func load(keyFile: URL, certificateFile: URL) throws -> NodeIdentity {
        let pem = try String(contentsOf: certificateFile, encoding: .utf8)
        guard let certificate = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).first else {
            throw NodeIdentityError.incomplete(certificateFile.path)
        }
        return NodeIdentity(
            nodeID: try NodeID(of: certificate),
            certificate: certificate,
            privateKey: try NIOSSLPrivateKey(file: keyFile.path, format: .pem))
    }
}

/// Why a node has no identity.
public enum NodeIdentityError: Error, CustomStringConvertible {
    case incomplete(String)
    case notWritable(String)

    public var description: String {
        switch self {
        case .incomplete(let path): "\(path): the node's key or certificate is missing or unreadable"
        case .notWritable(let path): "\(path): the node's key cannot be written"
        }
    }
}

extension NodeID {
    /// The id of the node that holds the key of `certificate`.
    init(of certificate: NIOSSLCertificate) throws {
        self.init(publicKey: try certificate.extractPublicKey().toSPKIBytes())
    }
}
