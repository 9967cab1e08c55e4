/// The difference between two sets, as keyed ids in ascending order.
public struct SketchDifference: Hashable, Sendable {
    /// What only the peer has.
    public var onlyTheirs: [UInt64]
    /// What only we have.
    public var onlyOurs: [UInt64]

    public init(onlyTheirs: [UInt64] = [], onlyOurs: [UInt64] = []) {
        self.onlyTheirs = onlyTheirs
        self.onlyOurs = onlyOurs
    }
}
