/// How much an edge keeps of its region's objects.
public struct EdgeCacheStatus: Encodable, Sendable {
    /// On the disk.
    public var byteCount: UInt64
    /// `nil` when there is no bound.
    public var byteCountMax: UInt64?
    /// More is kept than the bound allows, and nothing can be given up now.
    public var isOverBound: Bool

    public init(byteCount: UInt64, byteCountMax: UInt64?, isOverBound: Bool) {
        self.byteCount = byteCount
        self.byteCountMax = byteCountMax
        self.isOverBound = isOverBound
    }

    private enum CodingKeys: String, CodingKey {
        case byteCount = "bytes"
        case byteCountMax = "boundBytes"
        case isOverBound = "overBound"
    }
}
