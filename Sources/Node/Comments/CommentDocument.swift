import GraphQL
import ObjectModel
import Storage

/// The rich text of a comment: a ProseMirror document.
enum CommentDocument {
    /// Checks what a client sends as a comment's content.
    ///
    /// - Throws: ``DomainError``.
    static func content(_ document: GraphQLValue?, blobs: [String]) throws -> CommentContent {
        var ids: [BlobID] = []
        for blob in blobs.map(BlobID.init(rawValue:)) where !ids.contains(blob) { ids.append(blob) }
        guard ids.count <= Limits.commentAttachmentCountMax else {
            throw DomainError(
                .invalidAttachments, "A comment has at most \(Limits.commentAttachmentCountMax) attachments.")
        }
        guard let document, !document.isNull else { return CommentContent(document: nil, plainText: "", blobs: ids) }
        guard self.isNode(document, depth: 0), document.object?["type"]?.string == "doc" else {
            throw DomainError(.userInput, "The text of a comment must be a rich text document.")
        }
        let text = try self.json(document)
        guard text.utf8.count <= Limits.commentDocumentByteCountMax else {
            throw DomainError(
                .userInput, "The text of a comment has at most \(Limits.commentDocumentByteCountMax >> 10) kB.")
        }
        return CommentContent(document: text, plainText: self.plainText(document), blobs: ids)
    }

    /// A node has a type; it may have a text, attributes, marks and further nodes.
    private static func isNode(_ value: GraphQLValue, depth: Int) -> Bool {
        guard depth <= Limits.jsonDepthMax, let node = value.object, node["type"]?.string?.isEmpty == false,
            node["text"].map({ $0.string != nil }) ?? true, node["attrs"].map({ $0.isNull || $0.object != nil }) ?? true
        else { return false }
        return ["content", "marks"].compactMap { node[$0] }.allSatisfy { part in
            part.isNull || part.list?.allSatisfy { self.isNode($0, depth: depth + 1) } ?? false
        }
    }

    /// One line for each block of text.
    private static func plainText(_ node: GraphQLValue) -> String {
        guard let node = node.object else { return "" }
        switch node["type"]?.string {
        case "text": return node["text"]?.string ?? ""
        case "hardBreak": return "\n"
        case "mention": return "@" + (node["attrs"]?.object?["label"]?.string ?? "")
        default:
            let parts = node["content"]?.list ?? []
            let isBlock = parts.contains { $0.object?["content"] != nil || $0.object?["type"]?.string == "paragraph" }
            return parts.map(self.plainText).joined(separator: isBlock ? "\n" : "")
        }
    }

    /// A value as JSON that can be read again.
    ///
    /// - Throws: ``DomainError``.
    static func json(_ value: GraphQLValue) throws -> String {
        let bytes = JSONWriter.encode(value)
        guard (try? JSONReader.decode(bytes, depthMax: Limits.jsonDepthMax)) != nil else {
            throw DomainError(.userInput, "A value may nest \(Limits.jsonDepthMax) deep.")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What ``json(_:)`` gave; `nil` for anything else.
    static func value(_ json: String?) -> GraphQLValue? {
        json.flatMap { try? JSONReader.decode(Array($0.utf8), depthMax: Limits.jsonDepthMax) }
    }
}
