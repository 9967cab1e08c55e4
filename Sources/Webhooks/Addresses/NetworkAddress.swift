import Glibc

/// An address of a machine, as bits.
public enum NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(UInt32)
    case v6(UInt128)

    /// - Parameter text: four decimal numbers, or IPv6 without brackets and zone. No other form counts.
    public init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4.s_addr))
            return
        }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        self.init(v6)
    }

    init(_ address: in6_addr) {
        self = withUnsafeBytes(of: address) { bytes in .v6(bytes.reduce(0) { $0 << 8 | UInt128($1) }) }
    }

    public var description: String {
        switch self {
        case .v4(let bits):
            return (0..<4).map { String(bits >> (24 - 8 * UInt32($0)) & 0xFF) }.joined(separator: ".")
        case .v6(let bits):
            var address = in6_addr()
            withUnsafeMutableBytes(of: &address) { bytes in
                for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: bits >> (120 - 8 * index)) }
            }
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// The IPv4 address that an IPv6 socket reaches under this one (`::ffff:0:0/96`); else itself.
    var unmapped: Self {
        guard case .v6(let bits) = self, bits >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: bits))
    }
}

/// Addresses that begin with the same bits.
public struct AddressRange: Hashable, Sendable {
    private let first: NetworkAddress
    private let prefixBitCount: Int

    /// - Parameter text: an address, or an address and a number of bits, `10.1.0.0/16`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = NetworkAddress(String(parts[0])) else { return nil }
        let bitCount = if case .v4 = first { 32 } else { 128 }
        self.first = first
        guard parts.count == 2 else {
            self.prefixBitCount = bitCount
            return
        }
        guard parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let count = Int(parts[1]), count <= bitCount else {
            return nil
        }
        self.prefixBitCount = count
    }

    public func contains(_ address: NetworkAddress) -> Bool {
        // A shift by all bits leaves nothing, so that `/0` holds everything.
        switch (self.first, address) {
        case (.v4(let first), .v4(let bits)): (first ^ bits) >> (32 - self.prefixBitCount) == 0
        case (.v6(let first), .v6(let bits)): (first ^ bits) >> (128 - self.prefixBitCount) == 0
        default: false
        }
    }
}
