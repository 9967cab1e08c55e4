import ObjectModel

/// Text that travels: identifiers, tokens and node ids (Spec §5.3).
public enum WireText {
    /// Whether `text` is an identifier: 1 to ``Limits/identifierByteCountMax`` bytes of `[A-Za-z0-9_-]` (`FIELD-6`).
    public static func isIdentifier(_ text: String) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= Limits.identifierByteCountMax && bytes.allSatisfy(isIdentifierByte)
    }

    /// Whether `text` is a bearer token: 1 to ``Limits/tokenByteCountMax`` bytes of visible ASCII (`AUTH-2`).
    public static func isToken(_ text: String) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= Limits.tokenByteCountMax && bytes.allSatisfy(isTokenByte)
    }

    static func identifier(_ bytes: RawSpan, _ range: Range<Int>) -> String? {
        guard !range.isEmpty, range.count <= Limits.identifierByteCountMax else { return nil }
        let copy = bytes.copy(range)
        guard copy.allSatisfy(isIdentifierByte) else { return nil }
        return String(decoding: copy, as: UTF8.self)
    }

    static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    static func isTokenByte(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }

    /// The 32 bytes of a node id; `nil` when it is not 64 lower-case hexadecimal digits.
    static func binary(of node: NodeID) -> [UInt8]? { ContentHash(hex: node.rawValue)?.binary }

    /// The node whose id is the 32 bytes at `offset`, which must lie within `bytes`.
    static func node(_ bytes: RawSpan, at offset: Int) -> NodeID {
        let hash = bytes.withUnsafeBytes { ContentHash(binaryIn: $0, at: offset) }
        return NodeID(rawValue: hash.description)
    }
}
