public import ObjectModel

extension CompactionReading where Self: LogReading {
    /// Of each origin of `scope`, up to where this node and all of `regions` are known to hold its log durably: nobody of
    /// them will ask for these operations again.
    public func stableMarks(in scope: LogScope, heldBy regions: [NodeID]) throws -> [NodeID: UInt64] {
        var marks = try self.lastSequences(in: scope)
        for region in regions {
            let held = try self.acknowledgedMarks(of: region, in: scope)
            // A region has what it wrote.
            for (origin, last) in marks where origin != region { marks[origin] = min(last, held[origin, default: 0]) }
        }
        return marks
    }
}
