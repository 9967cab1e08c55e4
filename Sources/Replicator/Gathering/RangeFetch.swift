import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Brings the blocks of one range of a node's journal up to where they can be made durable.
///
/// Blocks are verified and appended one by one, so that one of them at a time is in memory; the streams of a gathering
/// run beside each other. Credit goes back with each append: what is left of a block then is a place on disk.
struct RangeFetch: ~Copyable {
    /// What came; nothing of it is durable or visible.
    struct Yield: Sendable {
        var batch: any BlockBatch
        var objectCount = 0
        var rawByteCount = 0
        /// Encoded, in bytes.
        var byteCount = 0
    }

    /// The node's journal has another epoch than the range.
    struct Rebuilt: Error, CustomStringConvertible {
        var description: String { "its journal was rebuilt meanwhile" }
    }

    /// A block of the range is larger than what several streams may hold at the same time.
    struct BlockTooLarge: Error {}

    private let replica: Replica
    private let stream: SyncStream
    private var machine: FetchClient
    private var receiver: any BlockReceiver
    private var objectCount = 0
    private var rawByteCount = 0
    private var byteCount = 0

    static func request(_ project: ProjectID, _ range: JournalRange) -> FetchMessage {
        FetchMessage(project: project, options: .withoutOperations, range: range)
    }

    /// - Parameter stream: was opened by `request`.
    init(_ replica: Replica, _ request: FetchMessage, _ stream: SyncStream) {
        self.replica = replica
        self.stream = stream
        self.machine = FetchClient(request)
        self.receiver = replica.blocks.receive(into: request.project)
    }

    /// - Returns: `nil` when this side gave the stream up.
    /// - Throws: ``Rebuilt``, ``BlockTooLarge``; ``SyncError`` when the peer is wrong.
    mutating func run() async throws -> Yield? {
        for try await frame in self.stream.frames {
            switch self.machine.received(frame.header, payload: frame.payload.span.bytes) {
            case .begin: continue
            case .rebuilt: throw Rebuilt()
            case .readData: try await self.readData(frame.payload)
            case .finish: return self.takeYield()
            case .fail(let error): throw error
            case .startOver, .apply, .awaitDurability:
                preconditionFailure("a range has neither cursor nor operations, and its blocks wait for nothing")
            }
        }
        return nil
    }

    private mutating func readData(_ payload: [UInt8]) async throws {
        var offset = 0
        while true {
            switch self.machine.nextBlock(in: payload.span.bytes, at: &offset) {
            case .needMore: return
            case .began(let byteCount):
                guard byteCount <= Limits.gatheredBlockByteCountMax else { throw BlockTooLarge() }
                try await self.stream.blockBegan(byteCount: byteCount)
            case .store(let block, _):
                await self.stream.blockCompleted()
                try await self.receiver.append(try await self.replica.verify(block, policy: .fromNode))
                try await self.stream.release(block.streamByteCount)
                self.objectCount += Int(block.header.objectCount)
                self.rawByteCount += Int(block.header.rawByteCount)
                self.byteCount += block.streamByteCount
                // The batch answers for it from here on; a range moves no cursor.
                guard case .none = self.machine.madeDurable() else {
                    preconditionFailure("DONE has not come")
                }
            case .fail(let error): throw error
            }
        }
    }

    private mutating func takeYield() -> Yield {
        Yield(
            batch: self.receiver.takeBatch(), objectCount: self.objectCount, rawByteCount: self.rawByteCount,
            byteCount: self.byteCount)
    }
}
