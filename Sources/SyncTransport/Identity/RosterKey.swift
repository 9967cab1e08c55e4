import Crypto
import CryptoExtras
public import ObjectModel
public import SyncProtocol

/// The public half of an organisation's key: what its nodes trust rosters by (Spec §7.4).
public struct RosterKey: Equatable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]

    fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.bytes = Array(key.rawRepresentation) }

    /// Reads the form of ``description``; `nil` when `text` is not one.
    public init?(_ text: String) {
        guard let bytes = ContentHash(hex: text)?.binary,
            (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
        else { return nil }
        self.bytes = bytes
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        self.bytes.withUnsafeBytes { ContentHash(binaryIn: $0, at: 0) }.description
    }

    /// The roster that the organisation signed.
    public func roster(in message: RosterMessage) throws(RosterError) -> Roster {
        let signed = RosterMessage.signedBytes(of: message.document)
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes),
            key.isValidSignature(message.signature, for: signed)
        else { throw .forged }
        do {
            return try Roster(decoding: message.document.span.bytes)
        } catch {
            throw .malformed
        }
    }
}

/// The private half. It is used rarely and belongs on no node.
public struct RosterSigner: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A new key.
    public init() { self.key = Curve25519.Signing.PrivateKey() }

    /// Reads an Ed25519 key in the form of ``pem``; `nil` when `pem` is not one.
    public init?(pem: String) {
        guard let key = try? Curve25519.Signing.PrivateKey(pemRepresentation: pem) else { return nil }
        self.key = key
    }

    /// PKCS #8 (RFC 5958, RFC 8410).
    public var pem: String { self.key.pemRepresentation }

    public var publicKey: RosterKey { RosterKey(self.key.publicKey) }

    /// - Throws: ``RosterError/tooLarge(byteCount:)``.
    /// - Precondition: the roster is one that can be encoded.
    public func sign(_ roster: Roster) throws(RosterError) -> RosterMessage {
        let document = roster.encoded()
        guard document.count <= SyncProtocol.Limits.rosterByteCountMax else {
            throw .tooLarge(byteCount: document.count)
        }
        do {
            let signature = try self.key.signature(for: RosterMessage.signedBytes(of: document))
            return RosterMessage(document: document, signature: Array(signature))
        } catch {
            preconditionFailure("a whole key signs: \(error)")
        }
    }
}

/// Why a roster is not taken.
public enum RosterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Signed by another key, or changed since.
    case forged
    /// Signed, but no roster that this release can read.
    case malformed
    /// Signed, but so is another document with the same version, which is held.
    case conflicting(version: UInt64)
    case tooLarge(byteCount: Int)

    public var description: String {
        switch self {
        case .forged: "the roster is not signed by the organisation's key"
        case .malformed: "the roster cannot be read"
        case .conflicting(let version): "there are two rosters of version \(version), both signed"
        case .tooLarge(let byteCount):
            "the roster has \(byteCount) bytes; \(SyncProtocol.Limits.rosterByteCountMax) are allowed"
        }
    }
}
