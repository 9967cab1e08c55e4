package import ObjectModel
import Storage

extension RandomWork {
    /// Sets the policy of some project, or has it refused.
    ///
    /// - Parameter regions: all there are. The first one is mostly allowed, so that mostly some region hears of everything.
    package mutating func setPolicy(among regions: [NodeID], using random: inout SeededRandom) async throws {
        let projects = try await self.store.read { try $0.allProjects() }.sorted()
        guard let project = projects.randomElement(using: &random) else { return }
        let command = SetProjectPolicy(project: project, request: self.request(among: regions, using: &random))
        try await self.attempt { try await $0.run(command) }
    }

    private func request(among regions: [NodeID], using random: inout SeededRandom) -> PolicyRequest {
        var request = PolicyRequest()
        var chosen: Set<NodeID> = [self.service.node]
        if Int.random(in: 0..<12, using: &random) > 0 { chosen.insert(regions[0]) }
        for region in regions where Bool.random(using: &random) { chosen.insert(region) }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: request.regions = .only(chosen)
        case 5..<8: request.regions = .all
        default: break
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            let home = chosen.sorted().randomElement(using: &random) ?? self.service.node
            request.home = Bool.random(using: &random) ? .region(home) : .everywhere
            request.takesHome = Bool.random(using: &random)
        }
        if Int.random(in: 0..<4, using: &random) == 0 { request.allowsEdges = Bool.random(using: &random) }
        if Int.random(in: 0..<4, using: &random) == 0 { request.minimumCopies = Int.random(in: 1...2, using: &random) }
        return request
    }
}
