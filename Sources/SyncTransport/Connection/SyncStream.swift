public import SyncProtocol

/// One stream of a connection. Belongs to one task.
public struct SyncStream: Sendable {
    public let id: UInt32
    public let connection: SyncConnection
    /// What the peer sends, in order. Ends with an error when the stream or the connection does.
    public let frames: AsyncThrowingStream<SyncFrame, any Error>
    /// Has no elements. Ends when the peer gives the stream up, also after its last frame, or the connection ends.
    public let life: AsyncStream<Void>

    /// Sends a message whose frame spends no credit.
    public func send(_ message: some WireMessage, flags: FrameHeader.Flags = []) async throws {
        try await self.connection.send(message.frame(stream: self.id, flags: flags), ending: flags, of: self.id)
    }

    /// As ``send(_:flags:)``, for a message of any kind.
    public func send(_ message: Message, flags: FrameHeader.Flags = []) async throws {
        try await self.connection.send(message.frame(stream: self.id, flags: flags), ending: flags, of: self.id)
    }

    /// Sends a payload as one frame that spends credit; waits until there is enough.
    public func sendCredited(_ type: FrameType, _ payload: [UInt8]) async throws {
        try await self.connection.sendCredited(type, payload, stream: self.id)
    }

    /// Sends bytes of the DATA stream in as many frames as credit and limits make.
    public func sendData(_ bytes: [UInt8]) async throws {
        try await self.connection.sendData(bytes, stream: self.id)
    }

    /// Ends this side after DATA.
    public func endData() async throws {
        try await self.connection.endData(stream: self.id)
    }

    /// A block, or a part of a file, has begun to come in.
    public func blockBegan(byteCount: Int) async throws {
        try await self.connection.blockBegan(byteCount: byteCount, stream: self.id)
    }

    /// What began last is complete.
    public func blockCompleted() async {
        await self.connection.blockCompleted(stream: self.id)
    }

    /// Received payload bytes are durable, or done with.
    public func release(_ byteCount: Int) async throws {
        try await self.connection.release(byteCount, stream: self.id)
    }

    /// Lets go of the stream; tells the peer `error` unless both sides had ended.
    public func close(_ error: SyncError = SyncError(.cancelled)) async {
        await self.connection.close(stream: self.id, error)
    }

    /// Runs `body`, then lets go of the stream; tells the peer when `body` failed with a ``SyncError``.
    public func closing<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            await self.close()
            return result
        } catch {
            await self.close((error as? SyncError) ?? SyncError(.cancelled))
            throw error
        }
    }
}
