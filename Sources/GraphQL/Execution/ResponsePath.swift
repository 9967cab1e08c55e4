/// Where a value stands in the answer: a chain to its root, that values below share.
final class ResponsePath: Sendable {
    private let element: PathElement
    /// The place among the fields or items beside it.
    private let rank: Int
    private let parent: ResponsePath?

    init(_ element: PathElement, rank: Int, below parent: ResponsePath?) {
        self.element = element
        self.rank = rank
        self.parent = parent
    }

    /// From the root on.
    var elements: [PathElement] { self.chain.map(\.element) }

    /// Places at each step, from the root on: those of the answer's order.
    var ranks: [Int] { self.chain.map(\.rank) }

    /// The names of the fields only.
    var text: String {
        self.elements.compactMap { if case .key(let key) = $0 { key } else { nil } }.joined(separator: ".")
    }

    private var chain: [ResponsePath] {
        Array(sequence(first: self) { $0.parent }).reversed()
    }
}

/// Errors of one answer.
struct NotedErrors {
    private var errors: [(error: GraphQLError, ranks: [Int])] = []

    var inOrder: [GraphQLError] {
        self.errors.sorted { $0.ranks.lexicographicallyPrecedes($1.ranks) }.map(\.error)
    }

    mutating func append(_ error: GraphQLError, at path: ResponsePath) { self.errors.append((error, path.ranks)) }

    /// The list at `path` is null because of an item: what went wrong in items after that one is of no interest.
    mutating func keepFirst(_ index: Int, of path: ResponsePath) {
        let list = path.ranks
        self.errors.removeAll {
            $0.ranks.starts(with: list) && $0.ranks.count > list.count && $0.ranks[list.count] > index
        }
    }
}
