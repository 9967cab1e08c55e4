import Foundation
import ObjectModel
import SyncProtocol

extension Timestamp {
    /// The present. Only this file reads the clock of the day.
    static func present() -> Timestamp {
        Timestamp(millisecondsSinceEpoch: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}

extension BandwidthSchedule {
    /// The limit of this moment, by the clock and the time zone of the machine.
    var limitNow: @Sendable () -> Int? {
        guard !self.rules.isEmpty else { return { nil } }
        return { [self] in
            let now = Calendar.current.dateComponents([.weekday, .hour, .minute], from: Date())
            // Foundation's week begins with Sunday, as 1.
            return self.limit(
                weekday: ((now.weekday ?? 2) + 5) % 7, minute: 60 * (now.hour ?? 0) + (now.minute ?? 0))
        }
    }
}
