import Foundation
import Logging

/// What commands print on standard output.
enum Output {
    static func line(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// Rows of cells, in columns as wide as their widest cell; the last one is left as it is.
    static func table(_ rows: [[String]]) {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).dropLast().map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            self.line((cells + row.suffix(1)).joined(separator: "  "))
        }
    }

    /// Writes to standard error.
    static func logger(_ level: Logger.Level = .notice) -> Logger {
        var logger = Logger(label: "tiebeam") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }

    /// One line of JSON with sorted keys.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        FileHandle.standardOutput.write(try encoder.encode(value) + Data("\n".utf8))
    }
}
