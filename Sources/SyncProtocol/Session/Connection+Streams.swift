extension Connection {
    func newStream() -> StreamTable.Stream {
        StreamTable.Stream(
            sendWindow: SendWindow(credit: self.peer?.streamCredit ?? Limits.streamCreditDefault),
            receiveWindow: ReceiveWindow(byteCount: self.configuration.hello.streamCredit))
    }

    /// The number for a new stream of this side, or `nil` when the peer takes no more for now.
    ///
    /// A dialler may open one stream before it knows its peer's HELLO (`HELLO-4`).
    public mutating func openStream() -> UInt32? {
        let mayOpen = self.phase == .open || (self.phase == .awaitingHello && self.configuration.side == .dialler)
        guard mayOpen, !self.isPeerGoingAway, !self.isGoingAway else { return nil }
        guard self.streams.localCount < self.peer?.streamCountMax ?? 1 else { return nil }
        return self.streams.openLocal(self.newStream())
    }

    /// The peer's HELLO has not come: only one stream may be open until then.
    public var isAwaitingHello: Bool { self.phase == .awaitingHello }

    /// This side sent its last frame on the stream, with ``FrameHeader/Flags/end``.
    public mutating func ended(stream id: UInt32) {
        self.streams[id]?.isLocalEnded = true
    }

    /// The driver is through with the stream. If it did not run to its end, the peer is told.
    ///
    /// - Parameter error: why it did not; ignored when both sides have ended.
    /// - Returns: frames to send: perhaps an ERROR, perhaps credit for the connection.
    public mutating func close(stream id: UInt32, _ error: SyncError = SyncError(.cancelled)) -> [UInt8] {
        guard let stream = self.streams.remove(id) else { return [] }
        var frames: [UInt8] = []
        if !stream.isEnded { frames = ErrorMessage(error).frame(stream: id) }
        if let block = stream.block, block.inConnection { self.receiveWindow.finish(block.byteCount) }
        self.receiveWindow.carry(stream.advancedOnConnection.byteCount(after: stream.released))
        let grant = self.receiveWindow.release(stream.unreleased)
        if grant > 0 { frames += CreditMessage(byteCount: grant).frame(stream: 0) }
        return frames
    }

    /// Largest payload of a frame to the peer, in bytes.
    public var peerFrameByteCountMax: Int { self.peer?.frameByteCountMax ?? Limits.frameByteCountDefault }

    /// Whether a frame that spends credit may be sent now, and if so spends it.
    ///
    /// - Returns: `false` when the driver must wait for ``OnFrame/credit(stream:)``.
    public mutating func spend(_ byteCount: Int, stream id: UInt32) -> Bool {
        guard var stream = self.streams[id], !stream.isLocalEnded else { return false }
        guard byteCount <= min(stream.sendWindow.credit, self.sendWindow.credit) else { return false }
        stream.sendWindow.spend(byteCount)
        self.sendWindow.spend(byteCount)
        self.streams[id] = stream
        return true
    }

    /// The header of the next DATA frame for a stream that has `remaining` bytes to send. Spends the credit.
    ///
    /// - Returns: `nil` when the driver must wait for ``OnFrame/credit(stream:)``.
    public mutating func nextDataFrame(stream id: UInt32, remaining: Int) -> FrameHeader? {
        guard let stream = self.streams[id] else { return nil }
        let credit = min(stream.sendWindow.credit, self.sendWindow.credit)
        let byteCount = min(remaining, credit, self.peerFrameByteCountMax)
        guard byteCount > 0, self.spend(byteCount, stream: id) else { return nil }
        return FrameHeader(payloadByteCount: byteCount, type: .data, stream: id)
    }

    /// A block of `byteCount` stream bytes has begun (``BlockAssembler/Step/began(streamByteCount:)``).
    ///
    /// - Returns: CREDIT to send at once, so that the block can come in as a whole (`CREDIT-5`).
    public mutating func blockBegan(stream id: UInt32, byteCount: Int) -> [UInt8] {
        guard var stream = self.streams[id] else { return [] }
        let streamGrant = stream.receiveWindow.expect(byteCount)
        let connectionGrant = self.receiveWindow.expect(byteCount)
        stream.block = (byteCount, inStream: streamGrant == 0, inConnection: connectionGrant == 0)
        let content = stream.begun..<(stream.begun + byteCount)
        if streamGrant > 0 { stream.advanced.add(content) }
        if connectionGrant > 0 { stream.advancedOnConnection.add(content) }
        stream.begun = content.upperBound
        self.streams[id] = stream
        return self.credit(stream: streamGrant, of: id, connection: connectionGrant)
    }

    /// The block that began last on the stream is complete.
    public mutating func blockCompleted(stream id: UInt32) {
        guard var stream = self.streams[id], let block = stream.block else { return }
        if block.inStream { stream.receiveWindow.finish(block.byteCount) }
        if block.inConnection { self.receiveWindow.finish(block.byteCount) }
        stream.block = nil
        self.streams[id] = stream
    }

    /// Bytes of the stream's DATA, OPS or OFFER payloads are durable, or done with.
    ///
    /// - Returns: CREDIT to send; empty when it is not worth a frame yet.
    public mutating func release(_ byteCount: Int, stream id: UInt32) -> [UInt8] {
        guard var stream = self.streams[id] else { return [] }
        precondition(byteCount <= stream.unreleased, "more is released than was received")
        stream.unreleased -= byteCount
        let content = stream.released..<(stream.released + byteCount)
        stream.released = content.upperBound
        let streamGrant = stream.receiveWindow.release(byteCount - stream.advanced.take(content))
        let onConnection = byteCount - stream.advancedOnConnection.take(content)
        self.streams[id] = stream
        return self.credit(stream: streamGrant, of: id, connection: self.receiveWindow.release(onConnection))
    }

    private func credit(stream streamGrant: Int, of id: UInt32, connection connectionGrant: Int) -> [UInt8] {
        var frames: [UInt8] = []
        let wantsMore = self.streams[id].map { !$0.isRemoteEnded } ?? false
        if streamGrant > 0, wantsMore { frames += CreditMessage(byteCount: streamGrant).frame(stream: id) }
        if connectionGrant > 0 { frames += CreditMessage(byteCount: connectionGrant).frame(stream: 0) }
        return frames
    }
}
