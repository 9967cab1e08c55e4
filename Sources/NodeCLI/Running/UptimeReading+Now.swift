import Foundation
import ObjectModel
import Storage

extension UptimeReading {
    private static let boot =
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
        .trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    private static let start = ContinuousClock.now
    /// Of the machine when this process asked first, in milliseconds.
    private static let uptimeAtStart: Int64 = {
        let text = (try? String(contentsOfFile: "/proc/uptime", encoding: .utf8))?.split(separator: " ").first
        return Int64((text.flatMap { Double($0) } ?? 0) * 1000)
    }()

    /// The clocks of this machine now.
    static func now() -> UptimeReading {
        // Both count while the machine sleeps.
        let uptime = Self.uptimeAtStart
        let passed = (ContinuousClock.now - Self.start) / .milliseconds(1)
        return UptimeReading(boot: Self.boot, uptime: uptime + Int64(passed), time: .present())
    }
}
