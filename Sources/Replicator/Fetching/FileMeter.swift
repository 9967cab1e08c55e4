import Synchronization

/// Counts the bytes of files that come side by side.
final class FileMeter: Sendable {
    private let state: Mutex<TransferProgress>
    private let report: @Sendable (TransferProgress) -> Void

    init(_ progress: TransferProgress, _ report: @escaping @Sendable (TransferProgress) -> Void) {
        self.state = Mutex(progress)
        self.report = report
    }

    var progress: TransferProgress { self.state.withLock { $0 } }

    func add(_ byteCount: Int) {
        let progress = self.state.withLock { progress in
            progress.fileByteCount += byteCount
            return progress
        }
        self.report(progress)
    }
}
