import GraphQL

/// The two forms in which GraphQL goes over a WebSocket.
enum SocketProtocol: String, Sendable, CaseIterable {
    /// subscriptions-transport-ws: what Speckle's server speaks, and the only one that its C# SDK knows.
    case legacy = "graphql-ws"
    /// graphql-ws: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
    case current = "graphql-transport-ws"

    /// What a client may send.
    enum Request: Equatable, Sendable {
        /// Says who is there.
        case initialise(GraphQLObject)
        /// Begins an operation; what is to be run need not be a request.
        case start(id: String, GraphQLValue)
        case stop(id: String)
        case ping
        case pong
        case terminate
    }

    /// What the node sends.
    enum Reply: Sendable {
        case acknowledged
        /// The client may not be here.
        case refused(String)
        /// One response, as JSON.
        case response(id: String, [UInt8])
        /// The operation is not run, or cannot go on.
        case failed(id: String, [GraphQLError])
        case completed(id: String)
        case alive
        case pong
    }

    /// The connection ends.
    struct Closing: Error, Equatable {
        /// RFC 6455 §7.4, and those of the current protocol.
        var code: UInt16
        var reason: String

        static let initialisationTimedOut = Closing(code: 4408, reason: "Connection initialisation timeout")
        static let tooManyInitialisations = Closing(code: 4429, reason: "Too many initialisation requests")
        static let unauthorized = Closing(code: 4401, reason: "Unauthorized")
        static let tooManyOperations = Closing(
            code: 4429, reason: "At most \(Limits.socketOperationCountMax) operations run at a time")
        /// Others may be missed: whoever connects anew has to look again.
        static let regionAway = Closing(code: 1012, reason: "The region cannot be reached")
        static let forbidden = Closing(code: 4403, reason: "Forbidden")

        static func badRequest(_ reason: String) -> Closing { Closing(code: 4400, reason: reason) }

        static func duplicate(_ id: String) -> Closing {
            Closing(code: 4409, reason: "Subscriber for \(id.prefix(64)) already exists")
        }
    }

    /// The first protocol of the client's list that is known; a client that names none speaks the legacy one.
    ///
    /// - Parameter offered: the values of `Sec-WebSocket-Protocol`.
    /// - Returns: `nil` when none of those that are offered is known.
    static func chosen(from offered: [String]) -> SocketProtocol? {
        offered.isEmpty ? .legacy : offered.lazy.compactMap(SocketProtocol.init(rawValue:)).first
    }

    // MARK: Reading

    func read(_ text: [UInt8]) throws(Closing) -> Request {
        let value: GraphQLValue
        do throws(JSONError) {
            value = try JSONReader.decode(text, depthMax: GraphQLLimits().valueDepthMax)
        } catch {
            throw .badRequest("Invalid message: no JSON at byte \(error.offset)")
        }
        guard let object = value.object, let type = object["type"]?.string else {
            throw .badRequest("Invalid message: it has no type")
        }
        let payload = object["payload"] ?? .null
        switch (type, self) {
        case ("connection_init", _): return .initialise(payload.object ?? [:])
        case ("start", .legacy), ("subscribe", .current): return .start(id: try Self.id(of: object), payload)
        case ("stop", .legacy), ("complete", .current): return .stop(id: try Self.id(of: object))
        case ("connection_terminate", .legacy): return .terminate
        case ("ping", .current): return .ping
        case ("pong", .current): return .pong
        default: throw .badRequest("Invalid message: unknown type \(type.prefix(64))")
        }
    }

    private static func id(of object: GraphQLObject) throws(Closing) -> String {
        guard let id = object["id"]?.string, !id.isEmpty, id.utf8.count <= Limits.socketIDByteCountMax else {
            throw .badRequest("Invalid message: its id is no short string")
        }
        return id
    }

    // MARK: Writing

    /// The text of a message; `nil` when the protocol has none for it.
    func text(of reply: Reply) -> [UInt8]? {
        switch (reply, self) {
        case (.acknowledged, _): return Self.message("connection_ack")
        case (.refused(let reason), .legacy):
            return Self.message("connection_error", payload: Self.json(["message": .string(reason)]))
        case (.refused, .current): return nil
        case (.response(let id, let json), .legacy): return Self.message("data", id, payload: json)
        case (.response(let id, let json), .current): return Self.message("next", id, payload: json)
        case (.failed(let id, let errors), .legacy):
            return Self.message("error", id, payload: JSONWriter.encode(errors.first?.value ?? .null))
        case (.failed(let id, let errors), .current):
            return Self.message("error", id, payload: JSONWriter.encode(.list(errors.map(\.value))))
        case (.completed(let id), _): return Self.message("complete", id)
        case (.alive, .legacy): return Self.message("ka")
        case (.alive, .current): return Self.message("ping")
        case (.pong, _): return Self.message("pong")
        }
    }

    private static func json(_ object: GraphQLObject) -> [UInt8] { JSONWriter.encode(.object(object)) }

    private static func message(_ type: String, _ id: String? = nil, payload: [UInt8]? = nil) -> [UInt8] {
        var text = Array(#"{"type":"\#(type)""#.utf8)
        if let id { text += Array(#","id":"#.utf8) + JSONWriter.encode(.string(id)) }
        if let payload { text += Array(#","payload":"#.utf8) + payload }
        text.append(UInt8(ascii: "}"))
        return text
    }
}
