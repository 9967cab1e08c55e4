import Foundation
import ObjectModel
import SyncProtocol
import SyncTransport

/// What a node needs to become one of an organisation's: where to ask, whom to believe, and the right to.
struct Invitation: Equatable {
    private static let prefix = "tbj1."

    /// Of the node that signs rosters.
    var addresses: [NodeAddress]
    var node: NodeID
    var key: RosterKey
    /// Known to whoever was invited, and nobody else; used once.
    var secret: String

    private struct Content: Codable {
        var addresses: [String]
        var node: String
        var key: String
        var secret: String
    }

    init(addresses: [NodeAddress], node: NodeID, key: RosterKey, secret: String) {
        self.addresses = addresses
        self.node = node
        self.key = key
        self.secret = secret
    }

    /// - Throws: ``UsageFailure``.
    init(_ text: String) throws {
        guard text.hasPrefix(Self.prefix), let data = Data(base64URL: text.dropFirst(Self.prefix.count)),
            let content = try? JSONDecoder().decode(Content.self, from: data), let key = RosterKey(content.key),
            NodeID.isValid(content.node), WireText.isToken(content.secret)
        else {
            throw UsageFailure(text: "That is no invitation. `tiebeam region invite` makes one, all in one line.")
        }
        let addresses = content.addresses.compactMap { NodeAddress($0) }
        guard !addresses.isEmpty, addresses.count == content.addresses.count else {
            throw UsageFailure(text: "The invitation does not say where to ask.")
        }
        self.init(
            addresses: addresses, node: NodeID(rawValue: content.node), key: key, secret: content.secret)
    }

    /// One line without blanks.
    var text: String {
        let content = Content(
            addresses: self.addresses.map(\.description), node: self.node.rawValue, key: "\(self.key)",
            secret: self.secret)
        guard let data = try? JSONEncoder().encode(content) else { preconditionFailure("texts can be encoded") }
        return Self.prefix + data.base64URL
    }
}

extension Data {
    /// Without padding (RFC 4648, 5).
    fileprivate init?(base64URL text: some StringProtocol) {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        self.init(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }

    fileprivate var base64URL: String {
        self.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
