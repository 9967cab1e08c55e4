import Foundation
public import ObjectModel

/// What a webhook tells of the server that it is set up at.
public struct WebhookServer: Equatable, Sendable {
    public var name: String
    public var company: String
    public var description: String
    public var version: String
    /// The address that clients reach the API by; `nil` where nobody said.
    public var canonicalURL: String?

    public init(
        name: String, company: String = "", description: String = "A Tiebeam node", version: String,
        canonicalURL: String? = nil
    ) {
        self.name = name
        self.company = company
        self.description = description
        self.version = version
        self.canonicalURL = canonicalURL
    }

    /// With what administrators wrote, where they did.
    public func named(by settings: ServerSettings) -> WebhookServer {
        var server = self
        server.name = settings.name ?? self.name
        server.company = settings.company ?? self.company
        server.description = settings.description ?? self.description
        return server
    }
}

/// The text of what is sent to a webhook, of the form that Speckle's receivers know.
public enum WebhookPayload {
    /// JSON with sorted keys. The same for equal arguments: its signature is made of it.
    ///
    /// - Parameter webhook: as it is now; of one that is gone its end says how it was (``WebhookEvent/webhook``).
    public static func encode(_ delivery: WebhookDelivery, webhook: Webhook, server: WebhookServer) -> [UInt8] {
        let event = delivery.event
        let payload = JSONText.object([
            "payload": .object([
                "streamId": .string(event.project.id.rawValue),
                "userId": .of(event.actor?.id.rawValue),
                "activityMessage": .string(event.message),
                "event": .object([
                    "event_name": .string(event.name), "data": .object(event.data.mapValues(JSONText.string)),
                    "time": .time(event.at),
                ]),
                "server": self.text(of: server), "stream": self.text(of: event.project),
                "user": event.actor.map(self.text) ?? .null, "webhook": self.text(of: webhook),
            ])
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let text = try? encoder.encode(payload) else { preconditionFailure("texts and lists can be encoded") }
        return Array(text)
    }

    private static func text(of server: WebhookServer) -> JSONText {
        .object([
            "name": .string(server.name), "company": .string(server.company),
            "description": .string(server.description), "version": .string(server.version),
            "canonicalUrl": .of(server.canonicalURL),
        ])
    }

    private static func text(of project: Project) -> JSONText {
        .object([
            "id": .string(project.id.rawValue), "name": .string(project.name),
            "description": .string(project.description), "isPublic": .bool(project.visibility == .public),
            "visibility": .string(project.visibility.rawValue),
            "allowPublicComments": .bool(project.allowPublicComments), "createdAt": .time(project.createdAt),
            "updatedAt": .time(project.updatedAt),
        ])
    }

    /// Without what only they themselves should see.
    private static func text(of user: User) -> JSONText {
        .object([
            "id": .string(user.id.rawValue), "name": .string(user.name), "bio": .of(user.bio),
            "company": .of(user.company), "verified": .bool(user.isVerified), "createdAt": .time(user.createdAt),
        ])
    }

    /// Without its secret.
    private static func text(of webhook: Webhook) -> JSONText {
        .object([
            "id": .string(webhook.id.rawValue), "streamId": .string(webhook.project.rawValue),
            "url": .string(webhook.url), "description": .of(webhook.description),
            "triggers": .list(webhook.triggers.map(JSONText.string)), "enabled": .bool(webhook.isEnabled),
            "hasSecret": .bool(webhook.secret.text != nil), "createdAt": .time(webhook.createdAt),
            "updatedAt": .time(webhook.updatedAt),
        ])
    }
}

/// As much of JSON as a payload has.
private enum JSONText: Encodable {
    case null
    case bool(Bool)
    case string(String)
    case list([JSONText])
    case object([String: JSONText])

    static func of(_ text: String?) -> JSONText { text.map(JSONText.string) ?? .null }
    static func time(_ time: Timestamp) -> JSONText { .string(time.iso8601) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .string(let text): try container.encode(text)
        case .list(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}
