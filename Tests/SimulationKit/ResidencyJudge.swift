import ObjectModel
import Storage

/// Says whether projects are only where their policies allow it, and written to only there, by nothing but the operations.
enum ResidencyJudge {
    private static func policy(at region: SimulatedRegion, _ scope: LogScope) async throws -> PolicyOracle {
        PolicyOracle(try await region.logs(of: scope))
    }

    /// What `server` has of a project may be given to `client`.
    static func requireAllowed(_ client: SimulatedRegion, to server: SimulatedRegion, _ scope: LogScope) async throws {
        guard scope != .server else { return }
        guard try await self.policy(at: server, scope).policy?.regions.contains(client.node) ?? true else {
            throw SimulationFailure("a project goes to a region that its policy does not allow")
        }
    }

    /// Where a project may be written to, by what a region has of it.
    static func requirePlace(of written: [Operation], at node: NodeID, _ rows: any MetadataReading) throws {
        for (scope, operations) in Dictionary(grouping: written, by: \.scope) where scope != .server {
            guard let first = operations.map(\.sequence).min() else { continue }
            var logs: [NodeID: [Operation]] = [:]
            for origin in try rows.origins(in: scope) {
                logs[origin] = try rows.operations(of: origin, in: scope, after: 0, limit: .max)
                    .filter { origin != node || $0.sequence < first }
            }
            let policy = PolicyOracle(logs).policy ?? .open
            guard policy.regions.contains(node), try rows.purge(of: scope.name) == nil else {
                throw SimulationFailure("a region writes to a project that it may not have")
            }
            for operation in operations {
                switch OperationContent(decoding: operation.body).body {
                case .policyChanged(let change):
                    guard change.home.map({ $0.epoch == policy.home.epoch + 1 }) ?? true,
                        change.regions?.contains(node) ?? true
                    else { throw SimulationFailure("a policy does not go on from the one before") }
                // What somebody has seen is their own.
                case .commentViewed: continue
                // It goes with the one that closed it, which may have moved home.
                case .conflictClosed: continue
                default:
                    guard policy.home.node.map({ $0 == node }) ?? true else {
                        throw SimulationFailure("a region writes to a project whose home is another one")
                    }
                }
            }
        }
    }

    /// What a region has of a project before it may have to remove it.
    struct Holding {
        private let scope: LogScope
        private let marks: [NodeID: UInt64]

        init(of region: SimulatedRegion, _ scope: LogScope) async throws {
            self.scope = scope
            self.marks = try await region.marks(of: scope)
        }

        var isEmpty: Bool { self.marks.isEmpty }

        /// As many others hold all of it as there must be copies.
        ///
        /// - Parameters:
        ///   - asked: how many copies the last one that told the region to remove it asked for.
        ///   - putBack: regions that may have lost what they said they hold.
        func requireCopies(_ asked: Int, _ others: [SimulatedRegion], putBack: Set<Int>) async throws {
            var copies: Int?
            var count = others.count { putBack.contains($0.number) }
            for other in others where try await other.marks(of: self.scope).covers(self.marks) {
                let policy = try await ResidencyJudge.policy(at: other, self.scope).policy ?? .open
                guard policy.regions.contains(other.node) else { continue }
                copies = min(copies ?? asked, policy.minimumCopies)
                if !putBack.contains(other.number) { count += 1 }
            }
            guard let copies, count >= copies else {
                throw SimulationFailure("a project is removed that too few others hold")
            }
        }
    }

    /// At the end: regions that may have a project have all of it, and others nothing.
    ///
    /// Some wait, for reasons that the documentation gives (`docs/adr/0009-project-policy.md`). Where no region was allowed by
    /// all policies, regions may stay apart for ever. A region that knows too few of the allowed ones keeps what it has. One that
    /// was put back may lack what excluded others, and they wait for that.
    ///
    /// - Parameter logs: all operations that there are of the project.
    static func settle(
        _ project: ProjectID, _ logs: [NodeID: [Operation]], _ regions: [SimulatedRegion]
    ) async throws {
        let scope = LogScope.project(project)
        let oracle = PolicyOracle(logs)
        guard regions.contains(where: { oracle.constant.contains($0.node) }) else { return }
        let (policy, all) = (oracle.policy ?? .open, logs.compactMapValues { $0.last?.sequence })
        let allowed = regions.filter { policy.regions.contains($0.node) }
        var holders: [SimulatedRegion] = []
        for region in allowed {
            let purge = try await region.store.read { try $0.purge(of: project) }
            if purge == nil { holders.append(region) }
            if let purge, !purge.isLifted(by: all) { continue }
            guard try await region.marks(of: scope) == all else {
                throw SimulationFailure("regions have different logs")
            }
        }
        for region in regions where !policy.regions.contains(region.node) {
            let known = try await self.policy(at: region, scope).policy ?? .open
            guard holders.count(where: { known.regions.contains($0.node) }) >= policy.minimumCopies else { continue }
            guard try await region.marks(of: scope).isEmpty else {
                throw SimulationFailure("a region keeps what it must remove: \(project) at \(region.number)")
            }
        }
    }
}
