/// A moment in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Never read from a clock here: whoever owns the clock passes it in.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    public var millisecondsSinceEpoch: Int64

    public init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    public init(from decoder: any Decoder) throws {
        self.init(millisecondsSinceEpoch: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.millisecondsSinceEpoch)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    public static func + (left: Self, right: Duration) -> Self {
        let (seconds, attoseconds) = right.components
        return Self(
            millisecondsSinceEpoch: left.millisecondsSinceEpoch + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
