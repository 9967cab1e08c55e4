/// How fast a peer may be sent to, by the hours of a week.
public struct BandwidthSchedule: Equatable, Sendable {
    /// A limit that holds at some times. Of several that hold, the lowest one counts.
    public struct Rule: Equatable, Sendable {
        /// 0 is Monday.
        public var weekdays: Set<Int>
        /// Of the day. When it ends before it starts, it goes on until that minute of the next day.
        public var startMinute: Int
        public var endMinute: Int
        public var bytesPerSecond: Int
    }

    private static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    private static let dayMinuteCount = 24 * 60

    public var rules: [Rule]

    public init(rules: [Rule] = []) {
        self.rules = rules
    }

    /// The limit in bytes a second; `nil` when there is none.
    ///
    /// - Parameter weekday: 0 is Monday.
    public func limit(weekday: Int, minute: Int) -> Int? {
        self.rules.filter { $0.holds(weekday: weekday, minute: minute) }.map(\.bytesPerSecond).min()
    }
}

extension BandwidthSchedule.Rule {
    fileprivate func holds(weekday: Int, minute: Int) -> Bool {
        if self.startMinute < self.endMinute {
            return self.weekdays.contains(weekday) && (self.startMinute..<self.endMinute).contains(minute)
        }
        let isEvening = self.weekdays.contains(weekday) && minute >= self.startMinute
        let isMorningAfter = self.weekdays.contains((weekday + 6) % 7) && minute < self.endMinute
        return isEvening || isMorningAfter
    }
}

extension BandwidthSchedule.Rule {
    /// Reads a rule as people write it: `20Mbit`, `mon-fri 08:00-18:00 20Mbit`, `sat,sun 5Mbit`, `22:00-06:00 1Gbit`.
    ///
    /// Rates are in bits a second, with `kbit`, `Mbit` or `Gbit`.
    public init?(_ text: String) {
        var words = text.lowercased().split(separator: " ")
        guard let rate = words.popLast().flatMap(Self.rate) else { return nil }
        self.init(
            weekdays: Set(0..<7), startMinute: 0, endMinute: BandwidthSchedule.dayMinuteCount, bytesPerSecond: rate)
        if let days = words.first.flatMap(Self.weekdays) {
            self.weekdays = days
            words.removeFirst()
        }
        if let times = words.first.flatMap(Self.times) {
            (self.startMinute, self.endMinute) = times
            words.removeFirst()
        }
        guard words.isEmpty else { return nil }
    }

    private static func rate(_ text: Substring) -> Int? {
        let units = [("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000)]
        guard let (name, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(text.dropLast(name.utf8.count)), number > 0, number < 1_000_000
        else { return nil }
        return max(Int(number * Double(factor) / 8), 1)
    }

    private static func weekdays(_ text: Substring) -> Set<Int>? {
        var days: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
                .map { name in BandwidthSchedule.dayNames.firstIndex { $0 == name } }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
            var day = first
            days.insert(day)
            while day != last {
                day = (day + 1) % 7
                days.insert(day)
            }
        }
        return days
    }

    private static func times(_ text: Substring) -> (Int, Int)? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.minute)
        guard ends.count == 2, let start = ends[0], let end = ends[1], start != end else { return nil }
        return (start, end)
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60
        else { return nil }
        let time = 60 * hour + minute
        return time <= BandwidthSchedule.dayMinuteCount ? time : nil
    }
}
