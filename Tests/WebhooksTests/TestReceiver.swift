import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server on this machine that answers as a test wants, and remembers what it was asked.
final class TestReceiver: Sendable {
    struct Request: Equatable, Sendable {
        var method: HTTPMethod
        var uri: String
        var headers: HTTPHeaders
        var body: String
    }

    enum Answer: Sendable {
        case status(Int, [(String, String)] = [], body: String = "")
        /// Bytes as they are, and then nothing more; the connection stays open.
        case bytes(String)
        /// These bytes again and again, after the first ones, until the other side goes.
        case endless(first: String, then: String)
        case close
        /// Not closed, but torn down.
        case reset
    }

    let port: Int
    private let log: Log

    private init(port: Int, _ log: Log) {
        self.port = port
        self.log = log
    }

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
        let connectionCount = Mutex(0)
    }

    var received: [Request] { self.log.requests.withLock { $0 } }
    var connectionCount: Int { self.log.connectionCount.withLock { $0 } }

    /// Runs a server while `operation` does.
    static func with(
        host: String = "127.0.0.1", tls: NIOSSLContext? = nil, answer: @escaping @Sendable (Request) -> Answer,
        _ operation: (TestReceiver) async throws -> Void
    ) async throws {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                log.connectionCount.withLock { $0 += 1 }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(Handler(log: log, answer: answer))
                }
            }
            .bind(host: host, port: 0).get()
        let receiver = TestReceiver(port: channel.localAddress!.port!, log)
        do {
            try await operation(receiver)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = ByteBuffer

        private let log: Log
        private let answer: @Sendable (Request) -> Answer
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(log: Log, answer: @escaping @Sendable (Request) -> Answer) {
            self.log = log
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch self.unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                self.body.clear()
            case .body(var part):
                self.body.writeBuffer(&part)
            case .end:
                let head = self.head!
                let request = Request(
                    method: head.method, uri: head.uri, headers: head.headers, body: String(buffer: self.body))
                self.log.requests.withLock { $0.append(request) }
                self.write(self.answer(request), context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func write(_ answer: Answer, _ context: ChannelHandlerContext) {
            switch answer {
            case .status(let status, let headers, let body):
                var text = "HTTP/1.1 \(status) Status\r\n"
                for (name, value) in headers { text += "\(name): \(value)\r\n" }
                let hasBody = status != 204 && status != 304
                text += hasBody ? "Content-Length: \(body.utf8.count)\r\n\r\n\(body)" : "\r\n"
                self.send(text, context)
            case .bytes(let text):
                self.send(text, context)
            case .endless(let first, let then):
                self.send(first, context)
                self.repeat(ByteBuffer(string: then), context)
            case .close:
                context.close(promise: nil)
            case .reset:
                _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                context.close(promise: nil)
            }
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        private func `repeat`(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
            let loop = context.eventLoop
            let context = NIOLoopBound(context, eventLoop: loop)
            let handler = NIOLoopBound(self, eventLoop: loop)
            context.value.writeAndFlush(self.wrapOutboundOut(part)).whenSuccess {
                // What is written at once would call itself without end.
                loop.execute { handler.value.repeat(part, context.value) }
            }
        }
    }
}
