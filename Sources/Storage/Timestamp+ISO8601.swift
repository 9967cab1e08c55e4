import Foundation
package import ObjectModel

extension Timestamp {
    private static let seconds = Date.ISO8601FormatStyle()
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// As `2026-01-31T12:00:00.000Z`, the form that Speckle's clients compare.
    package var iso8601: String {
        // A date counts in seconds, of which a floating number has no exact thousandths: some would show a millisecond less.
        let (whole, rest) = self.millisecondsSinceEpoch.quotientAndRemainder(dividingBy: 1000)
        let (second, millisecond) = rest < 0 ? (whole - 1, rest + 1000) : (whole, rest)
        let text = Date(timeIntervalSince1970: Double(second)).formatted(Self.seconds)
        return "\(text.dropLast()).\(String(1000 + millisecond).dropFirst())Z"
    }

    package init?(iso8601 text: String) {
        guard let date = try? Self.style.parse(text) else { return nil }
        self.init(millisecondsSinceEpoch: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}
