public import ObjectModel

/// Asks what somebody may do with a project (Spec §8.32).
public struct LeaseMessage: WireMessage, CustomStringConvertible {
    public static let type = FrameType.lease
    /// ``ProjectID/server`` asks only whether the token holds.
    public var project: ProjectID
    /// What the somebody has shown; `nil` for everybody.
    public var proof: Proof?

    public enum Proof: Equatable, Sendable {
        /// A bearer token of the API.
        case token(String)
        /// An encoded ``LeasedMessage`` that was given for it (`LEASE-8`).
        case lease([UInt8])
    }

    /// - Precondition: a token is ``WireText/isToken(_:)``.
    public init(project: ProjectID, proof: Proof?) {
        if case .token(let token) = proof { precondition(WireText.isToken(token), "not a token that can travel") }
        self.project = project
        self.proof = proof
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var (project, proof): (ProjectID?, Proof?) = (nil, nil)
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: project = ProjectID(rawValue: try field.identifier(in: payload))
            case 4: proof = .token(try field.token(in: payload))
            case 6:
                guard proof == nil else { throw field.invalid }
                proof = .lease(try field.bytes(in: payload, byteCountMax: Limits.signedLeaseByteCountMax))
            default: try field.skipUnknown()
            }
        }
        guard let project else { throw WireError(.missingField, tag: 2) }
        self.init(project: project, proof: proof)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.identifier(2, self.project.rawValue)
        switch self.proof {
        case .token(let token): fields.text(4, token)
        case .lease(let lease): fields.bytes(6, lease)
        case nil: break
        }
        return fields.bytes
    }

    /// Never the token: descriptions end up in logs.
    public var description: String { "LeaseMessage(\(self.project))" }
}

/// A lease as its region signed it (Spec §8.33). Says nothing of whether the signature is good.
public struct LeasedMessage: WireMessage {
    public static let type = FrameType.leased
    /// Length of an ECDSA signature on P-256 in its plain form, in bytes.
    public static let signatureByteCount = 64
    /// What is signed before the document, so that no other signature of the key can pass for a lease (`LEASE-4`).
    private static let signedPrefix: [UInt8] = Array("tiebeam/1 lease\0".utf8)

    /// An encoded ``Lease``, byte for byte as it was signed; at most ``Limits/leaseByteCountMax``.
    public var document: [UInt8]
    public var signature: [UInt8]
    /// The region's public key, as in its certificate: its SHA-256 is the region's id.
    public var key: [UInt8]

    public init(document: [UInt8], signature: [UInt8], key: [UInt8]) {
        precondition((1...Limits.leaseByteCountMax).contains(document.count), "not a document that can travel")
        precondition(signature.count == Self.signatureByteCount, "a signature is 64 bytes")
        precondition((1...Limits.leaseKeyByteCountMax).contains(key.count), "not a key that can travel")
        self.document = document
        self.signature = signature
        self.key = key
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var (document, signature, key): ([UInt8]?, [UInt8]?, [UInt8]?) = (nil, nil, nil)
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: document = try field.bytes(in: payload, byteCountMax: Limits.leaseByteCountMax)
            case 4: signature = try field.bytes(in: payload, exactly: Self.signatureByteCount)
            case 6: key = try field.bytes(in: payload, byteCountMax: Limits.leaseKeyByteCountMax)
            default: try field.skipUnknown()
            }
        }
        guard let document else { throw WireError(.missingField, tag: 2) }
        guard let signature else { throw WireError(.missingField, tag: 4) }
        guard let key else { throw WireError(.missingField, tag: 6) }
        self.init(document: document, signature: signature, key: key)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.bytes(2, self.document)
        fields.bytes(4, self.signature)
        fields.bytes(6, self.key)
        return fields.bytes
    }

    /// What the signature is over.
    public static func signedBytes(of document: [UInt8]) -> [UInt8] { self.signedPrefix + document }
}
