import ObjectModel

/// Dates as headers have them (RFC 5322, section 3.3), in UTC.
enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// As `Fri, 31 Jan 2026 12:00:00 +0000`. Times before 1970 are taken for its beginning.
    static func text(_ time: Timestamp) -> String {
        let seconds = Int(max(0, time.millisecondsSinceEpoch) / 1000)
        let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let date = Self.date(day)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { String(100 + $0).dropFirst() }
        return
            "\(Self.days[day % 7]), \(date.day) \(Self.months[date.month]) \(date.year) \(clock.joined(separator: ":")) +0000"
    }

    /// - Parameter day: since 1970-01-01.
    private static func date(_ day: Int) -> (year: Int, month: Int, day: Int) {
        var (year, rest) = (1970, day)
        while rest >= Self.dayCount(of: year) {
            rest -= Self.dayCount(of: year)
            year += 1
        }
        let february = Self.dayCount(of: year) == 366 ? 29 : 28
        var month = 0
        for count in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if rest < count { break }
            rest -= count
            month += 1
        }
        return (year, month, rest + 1)
    }

    private static func dayCount(of year: Int) -> Int {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365
    }
}
