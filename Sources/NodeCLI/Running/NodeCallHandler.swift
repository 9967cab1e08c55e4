import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Node
import ObjectModel
import Replicator
import SyncProtocol

/// Answers what edges pass on as the API answers everybody.
struct NodeCallHandler: CallHandler {
    let api: NodeAPI
    let clock: @Sendable () -> Timestamp

    func answer(
        _ request: CallMessage, body: CallBody, by holder: Lease.Holder?, to answer: CallAnswer
    ) async throws {
        guard let head = HTTPRequest(request) else {
            throw SyncError(.invalidField, scope: .stream, publicMessage: "There is no such method.")
        }
        // What the answer shows may be older than when it is done, and never than this.
        let asked = self.clock()
        let response = try await self.api.respond(
            to: Request(head: head, body: RequestBody(asyncSequence: body.map { ByteBuffer(bytes: $0) })), by: holder)
        let isEmpty = head.method == .head || response.body.contentLength == 0
        var headers = response.headers
        // Whoever wrote has seen his own write.
        let seen = headers[.tiebeamPosition] == nil ? asked : self.clock()
        headers[.tiebeamTime] = "\(seen.millisecondsSinceEpoch)"
        if let length = response.body.contentLength { headers[.contentLength] = "\(length)" }
        try await answer.begin(
            AnswerMessage(status: response.status.code, headers: headers.thatTravel), isLast: isEmpty)
        if !isEmpty { try await response.body.write(CallBodyWriter(answer: answer)) }
    }
}

private struct CallBodyWriter: ResponseBodyWriter {
    let answer: CallAnswer

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await self.answer.write(Array(buffer.readableBytesView))
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await self.answer.end() }
}

extension HTTPField.Name {
    /// Says that something was written.
    static let tiebeamPosition = HTTPField.Name("Tiebeam-Position") ?? .ifMatch
    /// Until when whoever asked has seen what was written, in milliseconds since 1970-01-01T00:00:00Z by the region's clock.
    static let tiebeamTime = HTTPField.Name("Tiebeam-Time") ?? .date
}

extension AnswerMessage {
    /// What the region says of its clock.
    var time: Timestamp? {
        let name = HTTPField.Name.tiebeamTime.canonicalName
        return self.headers.first { $0.name == name }.flatMap { Int64($0.value) }
            .map(Timestamp.init(millisecondsSinceEpoch:))
    }
}

extension HTTPRequest {
    init?(_ call: CallMessage) {
        guard let method = HTTPRequest.Method(call.method) else { return nil }
        let authority = call.headers.first { $0.name == "host" }?.value
        self.init(
            method: method, scheme: nil, authority: authority, path: call.target, headerFields: HTTPFields(call.headers)
        )
    }
}

extension HTTPFields {
    /// Those that belong to one connection (`CALL-4`).
    private static let ofConnection: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade",
    ]

    init(_ headers: [HTTPHeader]) {
        self.init()
        for header in headers {
            if let name = HTTPField.Name(header.name) { self.append(HTTPField(name: name, value: header.value)) }
        }
    }

    /// Without those that belong to one connection.
    var thatTravel: [HTTPHeader] {
        let named = (self[.connection] ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " } }
        let left = Self.ofConnection.union(named)
        return self.filter { !left.contains($0.name.canonicalName) }.compactMap {
            HTTPHeader(name: $0.name.canonicalName, value: $0.value)
        }
    }
}
