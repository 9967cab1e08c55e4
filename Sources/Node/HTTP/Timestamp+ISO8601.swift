import Foundation
import ObjectModel

extension Timestamp {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// As `2026-01-31T12:00:00.000Z`, the form that Speckle's clients compare.
    var iso8601: String {
        Date(timeIntervalSince1970: Double(self.millisecondsSinceEpoch) / 1000).formatted(Self.style)
    }

    init?(iso8601 text: String) {
        guard let date = try? Self.style.parse(text) else { return nil }
        self.init(millisecondsSinceEpoch: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}
