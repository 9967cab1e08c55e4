/// Where a node listens, and the way there: `tiebeam://host:port` (Spec §3.4, `ADDR-1`, `ADDR-2`).
public struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    /// Name, IPv4 address, or IPv6 address without its brackets.
    public var host: String
    /// 1 to 65535.
    public var port: UInt16
    public var route: SyncRoute

    /// - Parameter host: as ``host``.
    public init(host: String, port: UInt16, route: SyncRoute = .direct) {
        self.host = host
        self.port = port
        self.route = route
    }

    /// Reads an address; `nil` when `text` is not one.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let route = SyncRoute.allCases.first(where: { text.hasPrefix($0.scheme) })
        else { return nil }
        let rest = text.dropFirst(route.scheme.count)
        guard let colon = rest.lastIndex(of: ":"), let host = Self.host(rest[..<colon]) else { return nil }
        let digits = rest[rest.index(after: colon)...]
        guard digits.first != "0", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard let port = UInt16(digits) else { return nil }
        self.init(host: host, port: port, route: route)
    }

    public var description: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return "\(self.route.scheme)\(host):\(self.port)"
    }

    private static func host(_ text: some StringProtocol) -> String? {
        if text.first == "[", text.last == "]", text.count > 2 {
            let inner = text.dropFirst().dropLast()
            return inner.utf8.allSatisfy(isIPv6Byte) && inner.contains(":") && inner.utf8.count <= 45
                ? String(inner) : nil
        }
        guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy(isHostByte) else { return nil }
        return String(text)
    }

    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x46, 0x61...0x66, 0x2E: true
        default: false
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E: true
        default: false
        }
    }
}
