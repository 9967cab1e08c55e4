import NIOCore
import Synchronization

/// Counts what one connection moved over its socket, TLS included.
public final class WireCounter: Sendable {
    private let received = Atomic<Int>(0)
    private let sent = Atomic<Int>(0)

    init() {}

    /// In bytes.
    public var receivedByteCount: Int { self.received.load(ordering: .relaxed) }
    /// In bytes.
    public var sentByteCount: Int { self.sent.load(ordering: .relaxed) }

    fileprivate func addReceived(_ byteCount: Int) { self.received.wrappingAdd(byteCount, ordering: .relaxed) }
    fileprivate func addSent(_ byteCount: Int) { self.sent.wrappingAdd(byteCount, ordering: .relaxed) }
}

/// Stands between the socket and TLS.
final class WireCountingHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let counter: WireCounter

    init(_ counter: WireCounter) {
        self.counter = counter
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.counter.addReceived(self.unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.counter.addSent(self.unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }
}
