import SyncProtocol

/// One frame, for machines that are driven by hand.
struct Frame {
    var header: FrameHeader
    var payload: [UInt8]

    init(_ message: some WireMessage, _ flags: FrameHeader.Flags = [], stream: UInt32 = 1) {
        self.init(type(of: message).type, message.encoded(), flags, stream: stream)
    }

    init(_ type: FrameType, _ payload: [UInt8], _ flags: FrameHeader.Flags = [], stream: UInt32 = 1) {
        self.header = FrameHeader(payloadByteCount: payload.count, type: type, flags: flags, stream: stream)
        self.payload = payload
    }
}

extension FetchClient {
    mutating func received(_ frame: Frame) -> OnFrame {
        self.received(frame.header, payload: frame.payload.span.bytes)
    }
    mutating func received(_ message: some WireMessage, _ flags: FrameHeader.Flags = []) -> OnFrame {
        self.received(Frame(message, flags))
    }

    /// Every step through one DATA payload, the last ``OnData/needMore`` left out.
    mutating func blocks(in bytes: [UInt8]) -> [OnData] {
        guard self.received(Frame(.data, bytes)) == .readData else { return [] }
        var (steps, offset): ([OnData], Int) = ([], 0)
        while true {
            let step = self.nextBlock(in: bytes.span.bytes, at: &offset)
            if step == .needMore { return steps }
            steps.append(step)
            if case .fail = step { return steps }
        }
    }
}

extension FetchClient.OnFrame {
    static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }
}

extension PushServer {
    mutating func received(_ message: some WireMessage, _ flags: FrameHeader.Flags = []) -> OnFrame {
        let frame = Frame(message, flags)
        return self.received(frame.header, payload: frame.payload.span.bytes)
    }

    mutating func received(data bytes: [UInt8], _ flags: FrameHeader.Flags = []) -> OnFrame {
        self.received(Frame(.data, bytes, flags).header, payload: bytes.span.bytes)
    }

    /// Every step through one DATA payload, the last ``OnData/needMore`` left out.
    mutating func blocks(in bytes: [UInt8]) -> [OnData] {
        guard self.received(data: bytes) == .readData else { return [] }
        var (steps, offset): ([OnData], Int) = ([], 0)
        while true {
            let step = self.nextBlock(in: bytes.span.bytes, at: &offset)
            if step == .needMore { return steps }
            steps.append(step)
            if case .fail = step { return steps }
        }
    }
}

extension PushServer.OnFrame {
    static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }
}

extension PushClient {
    mutating func received(_ message: some WireMessage, _ flags: FrameHeader.Flags = []) -> OnFrame {
        let frame = Frame(message, flags)
        return self.received(frame.header, payload: frame.payload.span.bytes)
    }
}

extension PushClient.OnFrame {
    static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }
}

extension ReconcileServer {
    mutating func received(_ message: some WireMessage, _ flags: FrameHeader.Flags = []) -> Step {
        let frame = Frame(message, flags)
        return self.received(frame.header, payload: frame.payload.span.bytes)
    }
}

extension ReconcileServer.Step {
    static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }
}

extension ReconcileClient {
    mutating func received(_ message: some WireMessage, _ flags: FrameHeader.Flags = []) -> Step {
        let frame = Frame(message, flags)
        return self.received(frame.header, payload: frame.payload.span.bytes)
    }
}

extension ReconcileClient.Step {
    static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }
}

extension Connection.OnFrame {
    /// The code with which this side ended the connection.
    var failure: ErrorCode? { if case .fail(let error, _) = self { error.code } else { nil } }
}
