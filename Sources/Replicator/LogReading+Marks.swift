import ObjectModel
import Storage
import SyncProtocol

extension LogReading {
    /// Up to where each origin's log is here, by origin.
    func marks(in scope: LogScope) throws -> [OperationMark] {
        try self.lastSequences(in: scope).marks
    }
}

extension [NodeID: UInt64] {
    /// As they stand in messages.
    var marks: [OperationMark] {
        self.sorted { $0.key < $1.key }.map { OperationMark(origin: $0.key, sequence: $0.value) }
    }
}
