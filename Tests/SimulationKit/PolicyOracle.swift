import ObjectModel
import Storage

/// What the policy of a project must be, by the table of Spec §22.1, from nothing but the set of operations.
struct PolicyOracle {
    /// `nil` when nobody ever set any.
    let policy: ProjectPolicy?
    let conflicts: [Conflict]
    /// The regions that every operation allowed, also those that others ended.
    let constant: AllowedRegions

    /// By nothing but what sets policies: reading all operations of a project takes long.
    init(_ logs: [NodeID: [Operation]]) {
        let kind = "\"policy.changed\""
        self.init(
            OperationSet(logs.mapValues { $0.filter { String(decoding: $0.body, as: UTF8.self).contains(kind) } }))
    }

    init(_ set: OperationSet) {
        func values<Content>(_ pick: (PolicyChange) -> Content?) -> [OperationSet.Value<Content>] {
            set.values { Self.change($0).flatMap(pick) }
        }
        let (regions, edges, copies) = (values(\.regions), values(\.allowsEdges), values(\.minimumCopies))
        let homes = values(\.home)
        let isSet = !set.writes(Self.change).isEmpty
        self.policy =
            isSet
            ? ProjectPolicy(
                regions: Self.common(regions.map(\.content)), home: Self.latest(homes)?.content ?? .everywhere,
                allowsEdges: edges.allSatisfy(\.content), minimumCopies: copies.map(\.content).max() ?? 1) : nil
        self.conflicts = [
            .among(regions, .restricted, .project, .regions), .among(edges, .restricted, .project, .edges),
            .among(copies, .restricted, .project, .copies), .among(homes, .edited, .project, .home),
        ].compactMap(\.self)
        self.constant = Self.common(set.writes { Self.change($0)?.regions }.map(\.content))
    }

    /// Moves of home that set a version aside.
    static func fences(around made: OperationSet.Entry, _ set: OperationSet) -> [OperationSet.Entry] {
        let moves = set.writes { self.change($0)?.home }
        let known = self.latest(moves.filter { made.saw($0.entry) })
        return moves.filter { move in
            guard let home = move.content.node, home != made.operation.origin, !made.saw(move.entry),
                !move.entry.saw(made)
            else { return false }
            return self.latest([known, move].compactMap(\.self))?.stamp == move.stamp
        }.map(\.entry)
    }

    private static func change(_ body: OperationBody) -> PolicyChange? {
        if case .policyChanged(let change) = body { change } else { nil }
    }

    private static func common(_ all: [AllowedRegions]) -> AllowedRegions {
        let lists = all.compactMap { if case .only(let nodes) = $0 { nodes } else { nil } }
        guard let first = lists.first else { return .all }
        return .only(first.filter { node in lists.allSatisfy { $0.contains(node) } })
    }

    private static func latest(_ homes: [OperationSet.Value<ProjectHome>]) -> OperationSet.Value<ProjectHome>? {
        let last = homes.map(\.content.epoch).max()
        return homes.filter { $0.content.epoch == last }.max { $0.stamp < $1.stamp }
    }
}
