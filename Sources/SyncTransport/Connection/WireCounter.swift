import NIOCore
import Synchronization

/// Counts what one connection moved.
public final class WireCounter: Sendable {
    /// All in bytes.
    public struct Traffic: Equatable, Sendable {
        /// Over the socket, TLS included.
        public var receivedByteCount: Int
        public var sentByteCount: Int
        /// The protocol's own frames.
        public var receivedFrameByteCount: Int
        public var sentFrameByteCount: Int

        public init(
            receivedByteCount: Int = 0, sentByteCount: Int = 0, receivedFrameByteCount: Int = 0,
            sentFrameByteCount: Int = 0
        ) {
            self.receivedByteCount = receivedByteCount
            self.sentByteCount = sentByteCount
            self.receivedFrameByteCount = receivedFrameByteCount
            self.sentFrameByteCount = sentFrameByteCount
        }

        public static func += (left: inout Self, right: Self) {
            left.receivedByteCount += right.receivedByteCount
            left.sentByteCount += right.sentByteCount
            left.receivedFrameByteCount += right.receivedFrameByteCount
            left.sentFrameByteCount += right.sentFrameByteCount
        }
    }

    private let received = Atomic<Int>(0)
    private let sent = Atomic<Int>(0)
    private let receivedFrames = Atomic<Int>(0)
    private let sentFrames = Atomic<Int>(0)

    init() {}

    public var traffic: Traffic {
        Traffic(
            receivedByteCount: self.received.load(ordering: .relaxed),
            sentByteCount: self.sent.load(ordering: .relaxed),
            receivedFrameByteCount: self.receivedFrames.load(ordering: .relaxed),
            sentFrameByteCount: self.sentFrames.load(ordering: .relaxed))
    }

    fileprivate func addReceived(_ byteCount: Int) { self.received.wrappingAdd(byteCount, ordering: .relaxed) }
    fileprivate func addSent(_ byteCount: Int) { self.sent.wrappingAdd(byteCount, ordering: .relaxed) }
    func addReceivedFrames(_ byteCount: Int) { self.receivedFrames.wrappingAdd(byteCount, ordering: .relaxed) }
    func addSentFrames(_ byteCount: Int) { self.sentFrames.wrappingAdd(byteCount, ordering: .relaxed) }
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
