public import ObjectModel

/// Puts operations of several origins in an order in which each comes after all that its node had seen.
public struct CausalOrder: Sendable {
    /// Of each origin, up to where operations have gone.
    private var gone: [NodeID: UInt64]

    /// - Parameter held: what the receiver has of each origin.
    public init(held: [NodeID: UInt64]) {
        self.gone = held
    }

    /// How many operations from the front of one origin's log may go now. They count as gone.
    ///
    /// - Parameter operations: of one origin, in their order, from the first that has not gone.
    public mutating func take(from operations: some Collection<DecodedOperation>) -> Int {
        var count = 0
        for decoded in operations {
            let (operation, seen) = (decoded.operation, decoded.content.context.seen)
            // What is left out before it counts as gone.
            self.gone[operation.origin] = operation.sequence - 1
            guard seen.allSatisfy({ self.gone[$0.key, default: 0] >= $0.value }) else { break }
            self.gone[operation.origin] = operation.sequence
            count += 1
        }
        return count
    }
}

extension CausalOrder {
    /// Passes all operations of a scope to `body`, each after all that its node had seen. Reads the whole log.
    static func visit(_ scope: LogScope, _ rows: any LogReading, _ body: (DecodedOperation) throws -> Void) throws {
        var logs = try rows.origins(in: scope).map { origin in
            try rows.operations(of: origin, in: scope, after: 0, limit: .max).map { DecodedOperation($0) }[...]
        }
        var order = Self(held: [:])
        while true {
            var count = 0
            for place in logs.indices {
                let ready = order.take(from: logs[place])
                for operation in logs[place].prefix(ready) { try body(operation) }
                logs[place] = logs[place].dropFirst(ready)
                count += ready
            }
            if count == 0 { return }
        }
    }
}
