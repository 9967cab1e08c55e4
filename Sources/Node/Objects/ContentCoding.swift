import HTTPTypes

/// How an answer is compressed.
enum ContentCoding: String, CaseIterable {
    // Of those that a client likes as much, the first one is taken.
    case zstd
    case gzip

    /// What a client likes best (RFC 9110 §12.5.3); `nil` when it names none of these.
    init?(accepted headers: HTTPFields) {
        var weights: [ContentCoding: Double] = [:]
        for element in headers[values: .acceptEncoding].joined(separator: ",").lowercased().split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let name = parts.first, let coding = ContentCoding(rawValue: name) else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
            weights[coding] = weight.map { Double($0) ?? 0 } ?? 1
        }
        guard let best = weights.values.max(), best > 0 else { return nil }
        guard let coding = Self.allCases.first(where: { weights[$0] == best }) else { return nil }
        self = coding
    }
}
