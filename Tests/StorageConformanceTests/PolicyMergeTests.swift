import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// Policies that two regions set without hearing of each other (Spec §22).
@Suite struct PolicyMergeTests {
    /// Regions 1 and 2 with one project that both know. Which regions may exchange it is not looked at here.
    private struct World {
        let regions: [Office]
        let project: ProjectID

        init(_ backend: Backend) async throws {
            self.regions = [try await Office(backend), try await Office(backend, at: Fixture.node(2))]
            self.project = try await self.regions[0].project().project.id
            try await self.exchange()
        }

        func exchange() async throws {
            var random = SeededRandom(seed: 1)
            for (from, to) in [(0, 1), (1, 0)] {
                try await CausalExchange.run(
                    from: self.regions[from].service.store, to: self.regions[to].service.store,
                    [.project(self.project)], limit: .max, using: &random)
            }
        }

        func set(_ region: Int, _ request: PolicyRequest) async throws {
            try await self.regions[region].perform(SetProjectPolicy(project: self.project, request: request))
        }

        /// What both show, which is the same, and the fields in conflict.
        func shown(sourceLocation: SourceLocation = #_sourceLocation) async throws -> (ProjectPolicy, [MergeField?]) {
            let project = self.project
            let found = try await self.regions[0].read {
                (try $0.policy(of: project) ?? .open, try $0.conflicts(in: .project(project)))
            }
            let other = try await self.regions[1].read {
                (try $0.policy(of: project) ?? .open, try $0.conflicts(in: .project(project)))
            }
            #expect(found.0 == other.0, sourceLocation: sourceLocation)
            #expect(found.1 == other.1, sourceLocation: sourceLocation)
            return (found.0, found.1.map(\.field))
        }
    }

    private static func only(_ nodes: Int...) -> AllowedRegions { .only(Set(nodes.map { Fixture.node($0) })) }

    @Test("POLICY-2: of two lists the regions in both hold, until somebody writes again", arguments: Backend.allCases)
    func intersection(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.set(0, PolicyRequest(regions: Self.only(1, 2, 3)))
        try await world.set(1, PolicyRequest(regions: Self.only(2, 1, 4)))
        try await world.exchange()
        let (policy, conflicts) = try await world.shown()
        #expect(policy.regions == Self.only(1, 2))
        #expect(conflicts == [.regions])
        let project = world.project
        let sides = try await world.regions[1].read { rows in
            try rows.conflicts(in: .project(project)).flatMap { try $0.sides(in: .project(project), rows) }
        }
        let names = [[1, 2, 3], [1, 2, 4]].map { $0.map { Fixture.node($0).rawValue }.joined(separator: ",") }
        #expect(sides.map(\.value) == names)
        try await world.set(1, PolicyRequest(regions: .all))
        try await world.exchange()
        let later = try await world.shown()
        #expect(later.0.regions == .all)
        #expect(later.1 == [])
    }

    @Test(
        "POLICY-2: edges only when both let them; the larger number of copies; different fields are no conflict",
        arguments: Backend.allCases)
    func strictest(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.set(0, PolicyRequest(allowsEdges: false, minimumCopies: 3))
        try await world.set(1, PolicyRequest(allowsEdges: true, minimumCopies: 2))
        try await world.exchange()
        let (policy, conflicts) = try await world.shown()
        #expect(policy == ProjectPolicy(allowsEdges: false, minimumCopies: 3))
        #expect(Set(conflicts) == [.edges, .copies])
        try await world.set(0, PolicyRequest(allowsEdges: true))
        try await world.set(1, PolicyRequest(minimumCopies: 1))
        try await world.exchange()
        let later = try await world.shown()
        #expect(later.0 == .open)
        #expect(later.1 == [])
    }

    @Test("POLICY-3: of two homes the one of the larger epoch counts, else the later", arguments: Backend.allCases)
    func homes(_ backend: Backend) async throws {
        let world = try await World(backend)
        for _ in 0..<2 { try await world.set(1, PolicyRequest(minimumCopies: 1)) }
        try await world.set(0, PolicyRequest(home: .region(Fixture.node(1))))
        try await world.set(1, PolicyRequest(home: .region(Fixture.node(2))))
        try await world.exchange()
        let (policy, conflicts) = try await world.shown()
        #expect(policy.home == ProjectHome(node: Fixture.node(2), epoch: 1), "the clock of the second is ahead")
        #expect(conflicts == [.home])
        // The first one moves twice, its clock is behind.
        let world2 = try await World(backend)
        for _ in 0..<4 { try await world2.set(1, PolicyRequest(minimumCopies: 1)) }
        try await world2.set(0, PolicyRequest(home: .everywhere))
        try await world2.set(0, PolicyRequest(home: .region(Fixture.node(1))))
        try await world2.set(1, PolicyRequest(home: .region(Fixture.node(2))))
        try await world2.exchange()
        let later = try await world2.shown()
        #expect(later.0.home == ProjectHome(node: Fixture.node(1), epoch: 2))
    }

    @Test("A policy that contradicts itself is refused, and changes nothing", arguments: Backend.allCases)
    func refusals(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let project = try await office.project().project.id
        func refuse(_ request: PolicyRequest) async throws {
            try await office.refuses(
                SetProjectPolicy(project: project, request: request), .policy, in: [project])
        }
        try await refuse(PolicyRequest())
        try await refuse(PolicyRequest(regions: Self.only()))
        try await refuse(PolicyRequest(regions: Self.only(2)))
        try await refuse(PolicyRequest(regions: Self.only(1), home: .region(Fixture.node(2))))
        try await refuse(PolicyRequest(minimumCopies: 0))
        try await refuse(PolicyRequest(minimumCopies: 1, takesHome: true))
        try await refuse(PolicyRequest(minimumCopies: ProjectPolicy.copyCountMax + 1))
        try await refuse(PolicyRequest(regions: Self.only(1, 2), minimumCopies: 3))
        try await office.perform(
            SetProjectPolicy(project: project, request: PolicyRequest(home: .region(Fixture.node(1)), minimumCopies: 2))
        )
        try await refuse(PolicyRequest(regions: Self.only(1)))
        try await office.refuses(
            SetProjectPolicy(project: Fixture.id(99), request: PolicyRequest(regions: .all)), .projectNotFound)
    }

    @Test("A project can be opened with its policy, and its policy outlives it", arguments: Backend.allCases)
    func fromTheStart(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let request = PolicyRequest(regions: Self.only(1, 2), home: .region(Fixture.node(1)))
        let project = try await office.perform(
            CreateProject(name: "Harbour", description: nil, visibility: nil, policy: request))
        let kinds = try await office.bodies(.project(project.id)).map { body in
            if case .policyChanged = body { "policy" } else { "other" }
        }
        #expect(kinds == ["other", "policy", "other", "other"])
        let expected = ProjectPolicy(regions: Self.only(1, 2), home: ProjectHome(node: Fixture.node(1), epoch: 1))
        #expect(try await office.read { try $0.policy(of: project.id) } == expected)
        try await office.perform(DeleteProject(project.id))
        #expect(try await office.read { try $0.policy(of: project.id) } == expected)
    }

    // MARK: Home

    @Test("HOME-1: elsewhere nothing is written, and the error names the home", arguments: Backend.allCases)
    func homeElsewhere(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.set(0, PolicyRequest(home: .region(Fixture.node(1))))
        try await world.exchange()
        let rename = UpdateProject(world.project, ProjectChange(name: "Pier"))
        try await world.regions[1].refuses(rename, .homeElsewhere, in: [world.project])
        try await world.regions[1].refuses(
            SetProjectPolicy(project: world.project, request: PolicyRequest(allowsEdges: false)), .homeElsewhere)
        do {
            try await world.regions[1].perform(rename)
        } catch let error as DomainError {
            #expect(error.message.contains(Fixture.node(1).rawValue))
        }
        try await world.regions[0].perform(rename)
        // Home moves where it is; then it is there no more.
        try await world.set(0, PolicyRequest(home: .region(Fixture.node(2))))
        try await world.regions[0].refuses(rename, .homeElsewhere, in: [world.project])
        try await world.exchange()
        try await world.regions[1].perform(rename)
        #expect(try await world.shown().0.home == ProjectHome(node: Fixture.node(2), epoch: 2))
    }

    @Test(
        "HOME-2: a version of an old epoch is set aside everywhere, until somebody accepts it",
        arguments: Backend.allCases)
    func fence(_ backend: Backend) async throws {
        for acceptance in [true, false] {
            let world = try await World(backend)
            try await world.set(0, PolicyRequest(home: .region(Fixture.node(1))))
            try await world.exchange()
            let main = try await world.regions[0].read { [project = world.project] in
                try #require(try $0.model(named: "main", in: project))
            }
            let before = try await world.regions[0].version(1, of: main)
            try await world.exchange()
            for region in world.regions { region.backend.setComplete([Fixture.object(1), Fixture.object(2)]) }
            // The home cannot be reached, and goes on.
            try await world.set(1, PolicyRequest(home: .region(Fixture.node(2)), takesHome: true))
            let late = try await world.regions[0].version(2, of: main)
            for region in world.regions { region.backend.setComplete([Fixture.object(1), Fixture.object(2)]) }
            try await world.exchange()
            let project = world.project
            for region in world.regions {
                let shown = try await region.read { try $0.allVersions(in: project).map(\.id) }
                #expect(shown == [before.id])
                let found = try await region.read { try $0.conflicts(in: .project(project)) }
                #expect(found.map(\.kind) == [.quarantined])
                #expect(found.first?.entity == .version(late.id))
            }
            try await world.regions[0].refuses(UpdateProject(project, ProjectChange(name: "x")), .homeElsewhere)
            try await world.regions[1].perform(DecideVersion(project: project, id: late.id, isAccepted: acceptance))
            try await world.exchange()
            for region in world.regions {
                let shown = try await region.read { try $0.allVersions(in: project).count }
                #expect(shown == (acceptance ? 2 : 1))
                #expect(try await region.read { try $0.conflicts(in: .project(project)) } == [])
            }
        }
    }

    @Test(
        "HOME-2: of two that take home at once, versions of the one that does not count are set aside",
        arguments: Backend.allCases)
    func twoHomes(_ backend: Backend) async throws {
        let world = try await World(backend)
        let main = try await world.regions[0].read { [project = world.project] in
            try #require(try $0.model(named: "main", in: project))
        }
        for _ in 0..<2 { try await world.set(1, PolicyRequest(minimumCopies: 1)) }
        try await world.set(0, PolicyRequest(home: .region(Fixture.node(1))))
        try await world.set(1, PolicyRequest(home: .region(Fixture.node(2))))
        let (first, second) = (
            try await world.regions[0].version(1, of: main), try await world.regions[1].version(2, of: main)
        )
        for region in world.regions { region.backend.setComplete([Fixture.object(1), Fixture.object(2)]) }
        try await world.exchange()
        #expect(try await world.shown().0.home.node == Fixture.node(2))
        let project = world.project
        for region in world.regions {
            #expect(try await region.read { try $0.allVersions(in: project).map(\.id) } == [second.id])
            let aside = try await region.read { try $0.conflicts(in: .project(project)) }.filter {
                $0.kind == .quarantined
            }
            #expect(aside.map(\.entity) == [.version(first.id)])
        }
    }

    @Test(
        "HOME-3: reading is not refused where home is not, and being received is not noted there",
        arguments: Backend.allCases)
    func receiving(_ backend: Backend) async throws {
        let world = try await World(backend)
        let main = try await world.regions[0].read { [project = world.project] in
            try #require(try $0.model(named: "main", in: project))
        }
        let version = try await world.regions[0].version(1, of: main)
        try await world.set(0, PolicyRequest(home: .region(Fixture.node(1))))
        world.regions[1].backend.setComplete([Fixture.object(1)])
        try await world.exchange()
        let before = try await world.regions[1].log(.project(world.project))
        try await world.regions[1].perform(
            MarkVersionReceived(project: world.project, id: version.id, sourceApplication: "x", message: nil))
        #expect(try await world.regions[1].log(.project(world.project)) == before)
    }
}
