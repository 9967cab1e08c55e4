import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

extension SyncStream {
    /// Sends one encoded block, without what the reader has of it.
    ///
    /// - Parameter record: how the block stands in the DATA stream.
    func sendBlock(_ block: [UInt8], as record: (BlockHeader) -> DataRecord) async throws {
        guard let header = try block.withUnsafeBytes({ try BlockHeader.parse($0) }) else {
            throw StorageError.corrupt("a stored block is shorter than its header")
        }
        let record = record(header)
        try await self.sendData(record.prefix)
        try await self.sendData(record.skippedByteCount == 0 ? block : Array(block[record.skippedByteCount...]))
    }
}
