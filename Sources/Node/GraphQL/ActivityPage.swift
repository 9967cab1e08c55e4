import Foundation
import GraphQL
import ObjectModel
import Storage

extension ActivityFilter {
    /// Reads `actionType`, `after`, `before` and `cursor`.
    ///
    /// - Throws: ``DomainError``.
    init(_ arguments: GraphQLObject) throws {
        self.init(action: arguments["actionType"]?.string)
        // Times of entries are whole milliseconds.
        if let after = try Self.position(arguments, "after") { self.from = after / 1000 * 1000 + 1000 }
        if let before = try Self.position(arguments, "before") { self.before = before }
        if let cursor = try Self.position(arguments, "cursor") { self.before = min(self.before, cursor) }
    }

    private static func position(_ arguments: GraphQLObject, _ name: String) throws -> Int64? {
        guard let value = arguments[name], !value.isNull else { return nil }
        guard let position = value.string.flatMap({ Activity.position(iso8601: $0) }) else {
            throw DomainError(.userInput, "\(name) is not a time like 2026-01-31T12:00:00.000Z.")
        }
        return position
    }
}

extension Activity {
    /// The position as a time with microseconds, which clients take for one.
    var cursor: String {
        let digits = String(format: "%03d", Int(self.position - Self.position(self.time, 0)))
        return self.time.iso8601.dropLast() + digits + "Z"
    }

    /// - Parameter text: a date and time with up to nine digits behind the second, and `Z` or an offset.
    static func position(iso8601 text: String) -> Int64? {
        let pattern = /(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})/
        guard let match = text.wholeMatch(of: pattern),
            let date = try? Date("\(match.1)T\(match.2)\(match.4)", strategy: .iso8601)
        else { return nil }
        let digits = (match.3.map(String.init) ?? "").padding(toLength: 6, withPad: "0", startingAt: 0)
        return Int64(date.timeIntervalSince1970) * 1_000_000 + (Int64(digits) ?? 0)
    }
}
