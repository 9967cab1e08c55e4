extension Connection {
    /// The parent that branches: by type first, then by phase.
    mutating func dispatch(_ header: FrameHeader, _ payload: RawSpan) throws(WireError) -> OnFrame {
        guard self.phase != .closed else { return .none }
        precondition(self.phase != .authenticating, "the credential must be checked before the next frame")
        if header.type.isConnectionOnly, header.stream != 0 { throw WireError(.invalidStreamID) }  // FRAME-8
        switch header.type {
        case .hello where self.phase == .awaitingHello: return try self.receivedHello(HelloMessage(decoding: payload))
        case .auth where self.phase == .awaitingAuth: return self.receivedAuth(try AuthMessage(decoding: payload))
        case .hello, .auth: throw WireError(.unexpectedFrame)  // HELLO-1, AUTH-1
        case .error where header.stream == 0:
            let message = try ErrorMessage(decoding: payload)
            self.phase = .closed
            return .closed(message)
        default: break
        }
        guard self.phase == .open else { throw WireError(.unexpectedFrame) }  // HELLO-1, AUTH-1
        switch header.type {
        case .ping:
            return .send(PongMessage(nonce: try PingMessage(decoding: payload).nonce).frame(stream: 0))
        case .pong:
            _ = try PongMessage(decoding: payload)
            return .none
        case .roster: return try self.receivedRoster(payload)
        case .goAway: return try self.receivedGoAway(GoAwayMessage(decoding: payload))
        case .credit: return try self.receivedCredit(header.stream, CreditMessage(decoding: payload))
        case .error: return self.receivedStreamError(header.stream, try ErrorMessage(decoding: payload))
        default: return try self.receivedStreamFrame(header, payload)
        }
    }

    private mutating func receivedHello(_ hello: HelloMessage) throws(WireError) -> OnFrame {
        guard ProtocolVersion.common(self.configuration.hello.versions, hello.versions) != nil else {
            throw WireError(.versionUnsupported)  // VER-2
        }
        self.peer = hello
        self.peerRosterVersion = hello.rosterVersion
        try self.sendWindow.grant(hello.connectionCredit - Limits.connectionCreditMin)
        try self.streams.addCredit(hello.streamCredit - Limits.streamCreditDefault)
        switch self.configuration.side {
        case .dialler:
            self.phase = .open
            return .ready(hello)
        case .acceptor:
            self.phase = .awaitingAuth
            return .send(self.configuration.hello.frame(stream: 0))
        }
    }

    private mutating func receivedAuth(_ auth: AuthMessage) -> OnFrame {
        self.phase = .authenticating
        self.isNode = auth.credential == .certificate
        return .authenticate(auth.credential)
    }

    private mutating func receivedGoAway(_ message: GoAwayMessage) -> OnFrame {
        self.isPeerGoingAway = true
        return .goAway(message, unserved: self.streams.localStreams(above: message.lastStream))
    }

    private mutating func receivedCredit(_ id: UInt32, _ message: CreditMessage) throws(WireError) -> OnFrame {
        if id == 0 {
            try self.sendWindow.grant(message.byteCount)
            return .credit(stream: 0)
        }
        guard self.streams.wasOpened(id) else { throw WireError(.invalidStreamID) }
        guard var stream = self.streams[id] else { return .none }  // STREAM-5
        try stream.sendWindow.grant(message.byteCount)
        self.streams[id] = stream
        return .credit(stream: id)
    }

    private mutating func receivedStreamError(_ id: UInt32, _ message: ErrorMessage) -> OnFrame {
        guard self.streams.wasOpened(id) else { return self.fail(SyncError(.invalidStreamID)) }
        guard var stream = self.streams[id] else { return .none }
        (stream.isLocalEnded, stream.isRemoteEnded) = (true, true)
        self.streams[id] = stream
        return .streamFailed(id, message)
    }

    private mutating func receivedStreamFrame(_ header: FrameHeader, _ payload: RawSpan) throws(WireError) -> OnFrame {
        if header.type.isIgnorable { return .none }  // FRAME-6: its flags and its stream count for nothing
        let isKnown = FrameType.known.contains(header.type)
        if header.stream == 0 { throw WireError(isKnown ? .invalidStreamID : .unknownFrameType) }  // FRAME-7, FRAME-8
        if header.type.spendsCredit { try self.receiveWindow.receive(payload.byteCount) }
        guard self.streams.wasOpened(header.stream) else { return try self.receivedOpening(header, payload) }
        guard var stream = self.streams[header.stream], !stream.isEnded else {  // STREAM-5
            return self.discard(header)
        }
        if header.type.spendsCredit {
            try stream.receiveWindow.receive(payload.byteCount)
            stream.unreleased += payload.byteCount
            // Of DATA, blocks say what has begun.
            if header.type != .data { stream.begun += payload.byteCount }
        }
        guard !stream.isRemoteEnded else { throw WireError(.unexpectedFrame) }  // STREAM-4
        stream.isRemoteEnded = header.flags.contains(.end)
        self.streams[header.stream] = stream
        return isKnown ? .stream(header.stream) : .failStream(header.stream, SyncError(.unknownFrameType))  // FRAME-7
    }

    private mutating func receivedOpening(_ header: FrameHeader, _ payload: RawSpan) throws(WireError) -> OnFrame {
        guard !self.streams.isLocal(header.stream) else { throw WireError(.invalidStreamID) }  // STREAM-1
        let isKnown = FrameType.known.contains(header.type)
        guard header.type.opensStream || !isKnown else { throw WireError(.invalidStreamID) }  // STREAM-3
        guard let refusal = isKnown ? self.refusal() : .unknownFrameType else {
            var stream = self.newStream()
            stream.isRemoteEnded = header.flags.contains(.end)
            if header.type.spendsCredit {
                try stream.receiveWindow.receive(payload.byteCount)
                (stream.unreleased, stream.begun) = (payload.byteCount, payload.byteCount)
            }
            self.streams.openRemote(header.stream, stream)
            return .opened(stream: header.stream, header.type)
        }
        self.streams.refuseRemote(header.stream)
        let credit = self.discard(header)
        let frame = ErrorMessage(SyncError(refusal)).frame(stream: header.stream)
        if case .send(let bytes) = credit { return .send(frame + bytes) }
        return .send(frame)
    }

    private func refusal() -> ErrorCode? {
        if !self.configuration.servesStreams { return .forbidden }  // STREAM-7
        if self.isGoingAway { return .shuttingDown }  // GOAWAY-1
        return self.streams.openRemoteCount >= self.configuration.hello.streamCountMax ? .tooManyStreams : nil
    }

    /// Gives back the credit of a frame that nobody looks at.
    private mutating func discard(_ header: FrameHeader) -> OnFrame {
        let grant = header.type.spendsCredit ? self.receiveWindow.release(header.payloadByteCount) : 0
        return grant == 0 ? .none : .send(CreditMessage(byteCount: grant).frame(stream: 0))
    }
}
