import ObjectModel

/// The header `Retry-After`: seconds, or a date (RFC 9110 §10.2.3).
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let textByteCountMax = 40

    /// `nil` for what has neither form; zero for a date that is over.
    static func duration(_ text: String, at now: Timestamp) -> Duration? {
        guard text.utf8.count <= self.textByteCountMax else { return nil }
        let text = text.trimming()
        if !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) {
            return .seconds(min(Int64(text) ?? .max, 1 << 32))
        }
        guard let date = self.date(text) else { return nil }
        return .milliseconds(max(0, date.millisecondsSinceEpoch - now.millisecondsSinceEpoch))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`. The two forms that are obsolete do not count.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
            let day = self.number(parts[1], digits: 2), let month = self.months.firstIndex(of: String(parts[2])),
            let year = self.number(parts[3], digits: 4), (1...31).contains(day), year >= 1970
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = self.number(time[0], digits: 2), hour < 24,
            let minute = self.number(time[1], digits: 2), minute < 60,
            let second = self.number(time[2], digits: 2), second <= 60
        else { return nil }
        let seconds = self.days(year, month + 1, day) * 86_400 + hour * 3600 + minute * 60 + second
        return Timestamp(millisecondsSinceEpoch: Int64(seconds) * 1000)
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return Int(text)
    }

    /// Since 1970-01-01. Years begin in March, so that the day of a leap year is their last one.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }
}

extension String {
    fileprivate func trimming() -> String {
        String(self.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
