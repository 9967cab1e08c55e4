/// A roster as its organisation signed it (Spec §8.25). Says nothing of whether the signature is good.
public struct RosterMessage: WireMessage {
    public static let type = FrameType.roster
    /// Length of an Ed25519 signature, in bytes.
    public static let signatureByteCount = 64
    /// What is signed before the document, so that no other signature of the key can pass for a roster (`ROSTER-2`).
    private static let signedPrefix: [UInt8] = Array("tiebeam/1 roster\0".utf8)

    /// An encoded ``Roster``, byte for byte as it was signed; at most ``Limits/rosterByteCountMax``.
    public var document: [UInt8]
    public var signature: [UInt8]

    public init(document: [UInt8], signature: [UInt8]) {
        precondition((1...Limits.rosterByteCountMax).contains(document.count), "not a document that can travel")
        precondition(signature.count == Self.signatureByteCount, "a signature is 64 bytes")
        self.document = document
        self.signature = signature
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var (document, signature): ([UInt8]?, [UInt8]?) = (nil, nil)
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: document = try field.bytes(in: payload, byteCountMax: Limits.rosterByteCountMax)
            case 4: signature = try field.bytes(in: payload, exactly: Self.signatureByteCount)
            default: try field.skipUnknown()
            }
        }
        guard let document else { throw WireError(.missingField, tag: 2) }
        guard let signature else { throw WireError(.missingField, tag: 4) }
        self.init(document: document, signature: signature)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.bytes(2, self.document)
        fields.bytes(4, self.signature)
        return fields.bytes
    }

    /// What the signature is over.
    public static func signedBytes(of document: [UInt8]) -> [UInt8] { self.signedPrefix + document }
}
