import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Makes single requests to the API of a node, for commands of an administrator.
struct APIClient {
    struct Answer: Sendable {
        var status: UInt
        var body: Data
    }

    private static let timeout = TimeAmount.seconds(30)
    private static let answerByteCountMax = 16 << 20

    let origin: String
    let token: String

    func send(_ method: HTTPMethod, _ path: String, _ body: Data = Data()) async throws -> Answer {
        guard let url = URL(string: self.origin), url.scheme == "http", let host = url.host else {
            throw UsageFailure(text: "\(self.origin) is no address of an API. It looks like http://localhost:3000.")
        }
        let port = url.port ?? 80
        let channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, ByteBuffer>>
        do {
            channel = try await Self.connect(host, port)
        } catch {
            throw ConfigurationFailure(text: "No node answers at \(self.origin).")
        }
        let headers: HTTPHeaders = [
            "Host": "\(host):\(port)", "Authorization": "Bearer \(self.token)", "Content-Type": "application/json",
            "Content-Length": "\(body.count)", "Connection": "close",
        ]
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        return try await channel.executeThenClose { inbound, outbound in
            // As a whole: a node may answer, and close, as soon as it knows that the body is empty.
            try await outbound.write(contentsOf: [.head(head), .body(ByteBuffer(bytes: body)), .end(nil)])
            return try await Self.collect(inbound)
        }
    }

    private static func connect(
        _ host: String, _ port: Int
    ) async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, ByteBuffer>> {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(self.timeout)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(RequestPartHandler())
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    private static func collect(_ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Answer {
        var answer = Answer(status: 0, body: Data())
        for try await part in parts {
            switch part {
            case .head(let head): answer.status = head.status.code
            case .body(let bytes):
                answer.body.append(contentsOf: bytes.readableBytesView)
                guard answer.body.count <= self.answerByteCountMax else {
                    throw ConfigurationFailure(text: "The answer is too long to be a node's.")
                }
            case .end: return answer
            }
        }
        throw ConfigurationFailure(text: "The node closed the connection before it answered.")
    }
}

/// Requests made of plain buffers, as the codec takes them.
private final class RequestPartHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPRequestHead, ByteBuffer>
    typealias OutboundOut = HTTPClientRequestPart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPClientRequestPart =
            switch self.unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let bytes): .body(.byteBuffer(bytes))
            case .end(let trailers): .end(trailers)
            }
        context.write(self.wrapOutboundOut(part), promise: promise)
    }
}
