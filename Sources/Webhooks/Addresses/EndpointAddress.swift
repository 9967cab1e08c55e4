import Foundation

/// A web address that deliveries can be sent to.
struct EndpointAddress: Equatable, Sendable {
    enum Scheme: String, Sendable {
        case http, https
    }

    let scheme: Scheme
    /// As the client reads it out of ``text``, without brackets.
    let host: String
    let port: Int
    let text: String

    /// `nil` for what is no address of `http` or `https`, or has a user's name in it.
    init?(_ text: String) {
        guard let url = URL(string: text) else { return nil }
        self.init(url.absoluteURL)
    }

    private init?(_ url: URL) {
        guard let scheme = url.scheme.flatMap({ Scheme(rawValue: $0.lowercased()) }),
            url.user == nil, url.password == nil, let host = url.host.map(Self.withoutBrackets), Self.isHost(host)
        else { return nil }
        let port = url.port ?? (scheme == .https ? 443 : 80)
        guard (1...65535).contains(port) else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port
        self.text = url.absoluteString
    }

    /// Where `location` of an answer from here leads.
    func following(_ location: String) -> Self? {
        guard let base = URL(string: self.text), let url = URL(string: location, relativeTo: base) else { return nil }
        return Self(url.absoluteURL)
    }

    /// Whether `other` belongs to whoever has this one, and is not less safe.
    func trusts(_ other: Self) -> Bool {
        guard self.host.lowercased() == other.host.lowercased() else { return false }
        return (self.scheme, self.port) == (other.scheme, other.port)
            || (self.scheme, self.port, other.scheme, other.port) == (.http, 80, .https, 443)
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    private static func isHost(_ text: String) -> Bool {
        if NetworkAddress(text) != nil { return true }
        return (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || [0x2D, 0x2E, 0x5F].contains($0)  // - . _
            }
    }
}
