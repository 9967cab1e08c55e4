import Foundation
import Replicator
import Synchronization

/// One line on a terminal that says how far a transfer is. Writes nothing when standard error is no terminal.
final class ProgressLine: Sendable {
    private static let interval = Duration.milliseconds(100)
    private static let barWidth = 28

    private struct State {
        var lastShown: ContinuousClock.Instant?
        var isShown = false
    }

    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    func update(_ progress: TransferProgress) {
        guard progress.fileByteCountTotal == 0 else {
            return self.show(done: progress.fileByteCount, of: progress.fileByteCountTotal) { rate in
                "\(Figures.bytes(progress.fileByteCount)) of \(Figures.bytes(progress.fileByteCountTotal)) of files, "
                    + "\(rate(progress.fileByteCount))/s"
            }
        }
        self.show(
            done: progress.byteCountTotal > 0 ? progress.byteCount : progress.objectCount,
            of: progress.byteCountTotal > 0 ? progress.byteCountTotal : progress.objectCountTotal
        ) { rate in
            "\(Figures.count(progress.objectCount)) of \(Figures.count(progress.objectCountTotal)) objects"
                + (progress.byteCount > 0
                    ? ", \(Figures.bytes(progress.byteCount)), \(rate(progress.byteCount))/s" : "")
                + (progress.sourceCount > 1 ? ", \(progress.sourceCount) nodes" : "")
        }
    }

    func update(_ done: Int, of total: Int, _ unit: String) {
        self.show(done: done, of: total) { _ in "\(Figures.count(done)) of \(Figures.count(total)) \(unit)" }
    }

    private func show(done: Int, of total: Int, _ text: ((Int) -> String) -> String) {
        guard self.isTerminal else { return }
        let now = ContinuousClock.now
        let isDue = self.state.withLock { state in
            if let last = state.lastShown, now - last < Self.interval, done < total { return false }
            state.lastShown = now
            state.isShown = true
            return true
        }
        guard isDue else { return }
        let seconds = max(Figures.seconds(now - self.start), 0.001)
        let filled = total > 0 ? min(Self.barWidth, Self.barWidth * done / total) : 0
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
        let line = text { Figures.bytes(Int(Double($0) / seconds)) }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(bar)  \(line)".utf8))
    }

    /// Takes the line away.
    func end() {
        guard self.state.withLock({ $0.isShown }) else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
