/// One connection: handshake, streams, credit, keep-alive and the way out (Spec §4).
///
/// Pure: no sockets, clock or randomness. The driver cuts the bytes that it reads into frames with
/// ``FrameHeader/parse(_:payloadByteCountMax:)``, passes each frame to ``received(_:payload:now:)`` and does what comes
/// back. What stands on a stream goes to the machine of that stream (``FetchClient`` and its kin); this type looks at
/// their payloads only to count them.
///
/// Times are durations since a moment that the driver chose, on a clock that never goes back.
public struct Connection: ~Copyable {
    /// Who called whom.
    public enum Side: Sendable {
        case dialler
        case acceptor
    }

    public struct Configuration: Equatable, Sendable {
        public var side: Side
        /// What this side announces.
        public var hello: HelloMessage
        /// Whether the peer may open streams.
        public var servesStreams: Bool
        /// Silence after which the peer is asked.
        public var idleMax: Duration = .seconds(15)
        /// Silence after which the peer is given up.
        public var silenceMax: Duration = .seconds(45)
        /// Time for the handshake, authentication included.
        public var handshakeMax: Duration = .seconds(10)

        public init(side: Side, hello: HelloMessage = .standard, servesStreams: Bool? = nil) {
            self.side = side
            self.hello = hello
            self.servesStreams = servesStreams ?? (side == .acceptor)
        }
    }

    enum Phase: Equatable {
        /// Dialler: streams may be opened already, within the least limits (`HELLO-4`).
        case awaitingHello
        case awaitingAuth
        case authenticating
        case open
        case closed
    }

    let configuration: Configuration
    var phase = Phase.awaitingHello
    var streams: StreamTable
    var sendWindow = SendWindow(credit: Limits.connectionCreditMin)
    var receiveWindow: ReceiveWindow
    var keepAlive: KeepAlive
    let handshakeDeadline: Duration
    /// The peer's HELLO, once it came.
    public internal(set) var peer: HelloMessage?
    /// The dialler acts for the node of its certificate.
    var isNode = false
    /// The newest roster that the peer is known to hold.
    var peerRosterVersion: UInt64 = 0
    var isGoingAway = false
    var isPeerGoingAway = false

    public init(_ configuration: Configuration, now: Duration) {
        self.configuration = configuration
        self.streams = StreamTable(isDialler: configuration.side == .dialler)
        self.receiveWindow = ReceiveWindow(byteCount: configuration.hello.connectionCredit)
        self.keepAlive = KeepAlive(
            idleMax: configuration.idleMax, silenceMax: configuration.silenceMax, now: now)
        self.handshakeDeadline = now + configuration.handshakeMax
    }

    /// The dialler's first frames: HELLO and AUTH. The first requests may follow them at once.
    ///
    /// - Precondition: this side is the dialler.
    public mutating func opening(_ credential: Credential) -> [UInt8] {
        precondition(self.configuration.side == .dialler, "the acceptor speaks second")
        self.isNode = credential == .certificate
        return self.configuration.hello.frame(stream: 0) + AuthMessage(credential).frame(stream: 0)
    }

    /// The largest payload to accept, for ``FrameHeader/parse(_:payloadByteCountMax:)``, in bytes.
    ///
    /// Ask anew for each frame: it is small until the peer is known (`AUTH-3`).
    public var payloadByteCountMax: Int {
        switch self.phase {
        case .awaitingHello where self.configuration.side == .acceptor: Limits.helloByteCountMax
        case .awaitingAuth: Limits.authByteCountMax
        case .awaitingHello, .authenticating, .open, .closed: self.configuration.hello.frameByteCountMax
        }
    }

    /// What one frame means for the driver.
    public enum OnFrame: Equatable, Sendable {
        /// Nothing to do.
        case none
        case send([UInt8])
        /// Acceptor: check it, then call ``authenticated()`` or ``fail(_:)``, before any further frame.
        case authenticate(Credential)
        /// Dialler: the peer's HELLO came; more credit and larger frames may be used.
        case ready(HelloMessage)
        /// The peer opened a stream: give header and payload to a new machine for its type.
        case opened(stream: UInt32, FrameType)
        /// Give header and payload to the stream's machine.
        case stream(UInt32)
        /// More may be sent on the stream, or, for 0, on every stream.
        case credit(stream: UInt32)
        /// The peer ended the stream with an error: drop its machine, then call ``close(stream:)``.
        case streamFailed(UInt32, ErrorMessage)
        /// The stream cannot go on: drop its machine, then call ``close(stream:_:)`` with the error.
        case failStream(UInt32, SyncError)
        /// The peer will not serve these streams of ours, ascending, nor any new one.
        case goAway(GoAwayMessage, unserved: [UInt32])
        /// Check the roster, then call ``peerHolds(rosterVersion:)`` or ``fail(_:)``, before any further frame.
        case roster(RosterMessage)
        /// The peer ended the connection with an error.
        case closed(ErrorMessage)
        /// Send these bytes and close the connection: the peer broke the protocol.
        case fail(SyncError, send: [UInt8])
    }

    /// Takes one whole frame.
    ///
    /// - Parameter payload: exactly the payload that `header` announces.
    public mutating func received(_ header: FrameHeader, payload: RawSpan, now: Duration) -> OnFrame {
        precondition(payload.byteCount == header.payloadByteCount, "the payload is not the one of this header")
        self.keepAlive.heard(now: now)
        do {
            return try self.dispatch(header, payload)
        } catch {
            return self.fail(SyncError(error.code, scope: .connection))
        }
    }

    /// The acceptor's answer to the handshake: the credential is good.
    ///
    /// Changes nothing when the connection has ended while the credential was looked at (`AUTH-5`).
    public mutating func authenticated() {
        guard self.phase != .closed else { return }
        precondition(self.phase == .authenticating, "nothing to authenticate")
        self.phase = .open
    }

    /// Ends the connection because of `error`.
    public mutating func fail(_ error: SyncError) -> OnFrame {
        self.phase = .closed
        var error = error
        error.scope = .connection
        return .fail(error, send: ErrorMessage(error).frame(stream: 0))
    }

    /// Sends GOAWAY: streams that are open run to their end, new ones are refused (`GOAWAY-1`).
    public mutating func shutDown(_ code: ErrorCode = .shuttingDown, alternateAddress: String = "") -> [UInt8] {
        self.isGoingAway = true
        return GoAwayMessage(
            lastStream: self.streams.lastRemoteID, code: code, alternateAddress: alternateAddress
        ).frame(stream: 0)
    }

    /// After GOAWAY of either side: no stream is left, the connection may be closed.
    public var isDrained: Bool { (self.isGoingAway || self.isPeerGoingAway) && self.streams.streams.isEmpty }

    /// What to do about time.
    public enum OnTick: Equatable, Sendable {
        case wait(until: Duration)
        case send([UInt8], until: Duration)
        case fail(SyncError, send: [UInt8])
    }

    /// Call it when the time of the last answer has come, and once at the start.
    public mutating func tick(now: Duration) -> OnTick {
        let isHandshake = self.phase != .open && self.phase != .closed
        if isHandshake, now >= self.handshakeDeadline { return self.lost() }
        switch self.keepAlive.tick(now: now) {
        case .lost: return self.lost()
        case .wait(let until): return .wait(until: isHandshake ? min(until, self.handshakeDeadline) : until)
        case .ping(let nonce, let until):
            guard !isHandshake else { return .wait(until: min(until, self.handshakeDeadline)) }
            return .send(PingMessage(nonce: nonce).frame(stream: 0), until: until)
        }
    }

    private mutating func lost() -> OnTick {
        self.phase = .closed
        let error = SyncError(.silent, scope: .connection)
        return .fail(error, send: ErrorMessage(error).frame(stream: 0))
    }
}

extension HelloMessage {
    /// What a node announces unless it is told otherwise: windows that keep a fast disk busy between two commits.
    public static let standard = HelloMessage(streamCredit: 8 << 20, connectionCredit: 64 << 20)
}
