import ArgumentParser

/// A number of bytes as people write it, like `50GB` or `512MiB`.
struct ByteSize: ExpressibleByArgument {
    private static let units: [String: UInt64] = [
        "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
    ]

    let byteCount: UInt64

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits), let unit = Self.units[String(argument.dropFirst(digits.count))] else {
            return nil
        }
        let (byteCount, isTooLarge) = number.multipliedReportingOverflow(by: unit)
        guard !isTooLarge else { return nil }
        self.byteCount = byteCount
    }
}
