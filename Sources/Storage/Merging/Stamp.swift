public import ObjectModel

/// Names one operation of a scope.
public struct Dot: Hashable, Comparable, Sendable {
    public var origin: NodeID
    public var sequence: UInt64

    public init(origin: NodeID, sequence: UInt64) {
        self.origin = origin
        self.sequence = sequence
    }

    public init(_ operation: Operation) {
        self.init(origin: operation.origin, sequence: operation.sequence)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.origin, left.sequence) < (right.origin, right.sequence)
    }
}

/// Where an operation stands in the one order of all operations of a scope: a hybrid logical clock, then the dot.
///
/// An operation is later than all that its node had seen, however wrong clocks are. Among operations of which neither had
/// seen the other it only breaks ties.
public struct Stamp: Hashable, Comparable, Sendable {
    public var timestamp: Timestamp
    /// Counts on when the clock stood still, or behind what was seen.
    public var tick: UInt32
    public var dot: Dot

    public init(timestamp: Timestamp, tick: UInt32, dot: Dot) {
        self.timestamp = timestamp
        self.tick = tick
        self.dot = dot
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.timestamp, left.tick, left.dot) < (right.timestamp, right.tick, right.dot)
    }
}
