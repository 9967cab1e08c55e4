import Foundation
public import ObjectModel

extension CommentContent {
    /// What one comment may name; others are not told.
    private static let mentionCountMax = 50

    /// The people whom the document names first, each once, in the order in which it does.
    public var mentionedUsers: [UserID] {
        guard let document, let node = try? JSONDecoder().decode(Node.self, from: Data(document.utf8)) else {
            return []
        }
        var users: [UserID] = []
        node.visit { if users.count < Self.mentionCountMax, !users.contains($0) { users.append($0) } }
        return users
    }

    /// As far as it tells who is named.
    private struct Node: Decodable {
        private enum CodingKeys: String, CodingKey { case type, attrs, content }
        private struct Attributes: Decodable { var id: String? }

        private var type: String?
        private var mentioned: String?
        private var content: [Node]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.type = try? container.decode(String.self, forKey: .type)
            self.mentioned = (try? container.decode(Attributes.self, forKey: .attrs))?.id
            self.content = (try? container.decode([Node].self, forKey: .content)) ?? []
        }

        func visit(_ body: (UserID) -> Void) {
            if self.type == "mention", let mentioned { body(UserID(rawValue: mentioned)) }
            for node in self.content { node.visit(body) }
        }
    }
}
