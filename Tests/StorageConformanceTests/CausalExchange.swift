import ObjectModel
import StorageTestKit

@testable import Storage

/// What regions tell each other, in any order that is causal.
enum CausalExchange {
    /// Sends what `target` lacks of what `source` has, up to `limit` operations of each scope.
    static func run(
        from source: any MetadataStore, to target: any MetadataStore, _ scopes: [LogScope], limit: Int,
        using random: inout SeededRandom
    ) async throws {
        for scope in scopes {
            var held: [NodeID: UInt64] = [:]
            for origin in try await source.read({ try $0.origins(in: scope) }) {
                held[origin] = try await target.read { try $0.lastSequence(of: origin, in: scope) }
            }
            var logs: [ArraySlice<DecodedOperation>] = []
            for (origin, last) in held.sorted(by: { $0.key < $1.key }) {
                logs.append(
                    try await source.read { try $0.operations(of: origin, in: scope, after: last, limit: .max) }
                        .map { DecodedOperation($0) }[...])
            }
            var order = CausalOrder(held: held)
            var left = limit
            while left > 0, logs.contains(where: { !$0.isEmpty }) {
                let place = Int.random(in: logs.indices, using: &random)
                let count = order.take(from: logs[place].prefix(min(left, 1 + Int.random(in: 0..<4, using: &random))))
                let run = Array(logs[place].prefix(count))
                logs[place] = logs[place].dropFirst(count)
                left -= count
                try await target.write { try MetadataService.apply(run, in: $0) }
            }
        }
    }
}
