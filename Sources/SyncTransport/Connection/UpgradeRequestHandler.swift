import NIOCore
import NIOSSL

/// Asks a node's API for Tiebeam Sync, and puts TLS into its own place once the node agrees (Spec §3.5).
final class UpgradeRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let path = "/sync"
    private static let answerTimeMax = TimeAmount.seconds(10)
    private static let answerByteCountMax = 16 << 10
    private static let end: [UInt8] = Array("\r\n\r\n".utf8)

    private let host: String
    private let isReady: EventLoopPromise<Void>
    private let makeTLS: () throws -> NIOSSLClientHandler
    private var answer = ByteBuffer()
    private var deadline: Scheduled<Void>?

    init(host: String, isReady: EventLoopPromise<Void>, makeTLS: @escaping () throws -> NIOSSLClientHandler) {
        self.host = host
        self.isReady = isReady
        self.makeTLS = makeTLS
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let (channel, isReady, host) = (context.channel, self.isReady, self.host)
        self.deadline = context.eventLoop.scheduleTask(in: Self.answerTimeMax) {
            isReady.fail(SyncTransportError.untrusted("\(host) does not answer"))
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.deadline?.cancel() }

    func channelActive(context: ChannelHandlerContext) {
        let request = """
            GET \(Self.path) HTTP/1.1\r
            Host: \(self.host)\r
            Connection: Upgrade\r
            Upgrade: \(SyncTLS.applicationProtocol)\r
            \r

            """
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.answer.writeImmutableBuffer(self.unwrapInboundIn(data))
        let bytes = self.answer.readableBytesView
        guard let end = bytes.firstRange(of: Self.end) else {
            guard bytes.count < Self.answerByteCountMax else { return self.fail(context) }
            return
        }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        guard head.hasPrefix("HTTP/1.1 101 ") else { return self.fail(context) }
        let rest = ByteBuffer(bytes[end.upperBound...])
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(self.makeTLS(), position: .after(self))
            if rest.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(rest)) }
            pipeline.removeHandler(self, promise: nil)
            self.isReady.succeed()
        } catch {
            self.isReady.fail(error)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isReady.fail(SyncTransportError.disconnected)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.isReady.fail(SyncTransportError(error))
        context.close(promise: nil)
    }

    private func fail(_ context: ChannelHandlerContext) {
        self.isReady.fail(SyncTransportError.untrusted("\(self.host) speaks HTTP, but not this protocol"))
        context.close(promise: nil)
    }
}
