/// Which addresses deliveries may go to: those of the public internet, and what the operator allows besides.
///
/// Whoever may set a webhook chooses where this machine connects to. Without the policy that would be a way into the operator's
/// network, and to what a cloud tells its machines.
public struct AddressPolicy: Sendable {
    /// Something that was to be allowed and is neither a name nor an address.
    public struct InvalidEntry: Error, Equatable, CustomStringConvertible {
        public var entry: String

        public var description: String { "\(self.entry) is no host name, address or range of addresses" }
    }

    private var ranges: [AddressRange] = []
    private var hosts: Set<String> = []

    /// - Parameter entries: names (`hooks.intranet`: wherever it leads), addresses, and ranges (`10.1.0.0/16`). `0.0.0.0/0` and
    ///   `::/0` allow everything.
    public init(allowing entries: [String] = []) throws(InvalidEntry) {
        for entry in entries {
            if let range = AddressRange(entry) {
                self.ranges.append(range)
            } else if Self.isHostName(entry) {
                self.hosts.insert(Self.plain(entry))
            } else {
                throw InvalidEntry(entry: entry)
            }
        }
    }

    /// Whether a connection may be made to `address`, which `host` stands for.
    public func allows(_ address: NetworkAddress, of host: String) -> Bool {
        if self.hosts.contains(Self.plain(host)) { return true }
        let address = address.unmapped
        return Self.isPublic(address) || self.ranges.contains { $0.contains(address) }
    }

    /// Whether `address` is of the public internet: none of those that IANA keeps for special purposes.
    static func isPublic(_ address: NetworkAddress) -> Bool {
        switch address.unmapped {
        case .v4: return !self.specialV4.contains { $0.contains(address.unmapped) }
        case .v6(let bits):
            if self.translated.contains(address) {
                // What a network without IPv4 makes of an IPv4 address, and leads to that one (RFC 6052).
                return self.isPublic(.v4(UInt32(truncatingIfNeeded: bits)))
            }
            return self.globalV6.contains(address) && !self.specialV6.contains { $0.contains(address) }
        }
    }

    private static func isHostName(_ text: String) -> Bool {
        let labels = self.plain(text).split(separator: ".", omittingEmptySubsequences: false)
        let isMadeOfLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.unicodeScalars.allSatisfy {
                    $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".contains(Character($0)))
                }
        }
        // A name that ends in a number is an address in an odd form, mistyped most likely.
        return isMadeOfLabels && text.utf8.count <= 253 && labels.last?.first?.isNumber == false
    }

    private static func plain(_ host: String) -> String {
        let host = host.lowercased()
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }

    private static func ranges(_ texts: String...) -> [AddressRange] { texts.map { AddressRange($0)! } }

    private static let specialV4 = Self.ranges(
        "0.0.0.0/8",  // this network
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private
        "100.64.0.0/10",  // shared by customers of a provider
        "127.0.0.0/8",  // this machine
        "169.254.0.0/16",  // link-local; clouds answer their machines at 169.254.169.254
        "168.63.129.16/32",  // public by its number, but Azure answers its machines there
        "192.0.0.0/24",  // protocol assignments
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  // documentation
        "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",  // AS112, AMT, relays of 6to4
        "198.18.0.0/15",  // benchmarks
        "224.0.0.0/4",  // multicast
        "240.0.0.0/4")  // reserved, and broadcast

    /// All of IPv6 that is given out. Loopback, link-local, site-local, unique local, multicast, IPv4-compatible addresses and
    /// everything that has no use yet are outside.
    private static let globalV6 = AddressRange("2000::/3")!

    private static let specialV6 = Self.ranges(
        "2001::/23",  // protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32", "3fff::/20",  // documentation
        "2002::/16",  // 6to4, which leads to any IPv4 address
        "2620:4f:8000::/48")  // AS112

    private static let translated = AddressRange("64:ff9b::/96")!
}
