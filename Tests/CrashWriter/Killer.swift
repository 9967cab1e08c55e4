import Foundation
import ObjectModel
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Counts the places between two writes and ends the process at one of them, as a power cut does.
final class Killer: Sendable {
    private let reached = Mutex(0)
    private let target: Int
    /// Called before a power cut ends the process: loses what was never synchronised.
    private let losePower = Mutex<@Sendable () -> Void>({})

    /// - Parameter target: the place to die at; 0 for none.
    init(target: Int) {
        self.target = target
    }

    var count: Int { self.reached.withLock { $0 } }

    func onPowerLoss(_ body: @escaping @Sendable () -> Void) { self.losePower.withLock { $0 = body } }

    /// - Parameter last: what is half done when the process ends here.
    func reach(_ place: String, last: () -> Void = {}) {
        let number = self.reached.withLock { count in
            count += 1
            return count
        }
        guard number == self.target else { return }
        last()
        self.losePower.withLock { $0 }()
        Self.say("killed at \(place)")
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    /// Writes one line to the standard output, unbuffered.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
