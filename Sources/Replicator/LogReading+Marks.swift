import ObjectModel
import Storage
import SyncProtocol

extension LogReading {
    /// Up to where each origin's log is here, by origin.
    func marks(in scope: LogScope) throws -> [OperationMark] {
        try self.origins(in: scope).map { origin in
            OperationMark(origin: origin, sequence: try self.lastSequence(of: origin, in: scope))
        }
    }
}
