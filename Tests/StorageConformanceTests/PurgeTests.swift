import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// Regions that are allowed a project no more (Spec §22.3).
@Suite struct PurgeTests {
    /// Three regions that had all of one project, until the first one took it from the third.
    private struct World {
        let regions: [Office]
        let project: ProjectID
        var scope: LogScope { .project(self.project) }

        init(_ backend: Backend, copies: Int = 1) async throws {
            self.regions = [
                try await Office(backend), try await Office(backend, at: Fixture.node(2)),
                try await Office(backend, at: Fixture.node(3)),
            ]
            self.project = try await self.regions[0].project().project.id
            try await self.give(0, to: 1)
            try await self.give(0, to: 2)
            try await self.set(0, PolicyRequest(regions: PurgeTests.only(1, 2), minimumCopies: copies))
        }

        func set(_ region: Int, _ request: PolicyRequest) async throws {
            try await self.regions[region].perform(SetProjectPolicy(project: self.project, request: request))
        }

        func rename(_ region: Int, _ name: String) async throws {
            try await self.regions[region].perform(UpdateProject(self.project, ProjectChange(name: name)))
        }

        /// What one region has goes to another one, whatever the policy says.
        func give(_ from: Int, to: Int, isReturning: Bool = false) async throws {
            let (source, scope) = (self.regions[from].service.store, self.scope)
            let (ends, held) = (
                try await source.read { try $0.lastSequences(in: scope) },
                try await self.regions[to].read { try $0.lastSequences(in: scope) }
            )
            let lacking = ends.filter { $0.value > held[$0.key, default: 0] }
            var feed = OperationFeed(source, of: scope, upTo: lacking, held: held)
            let purge = try await self.regions[to].read { [project] in isReturning ? try $0.purge(of: project) : nil }
            let intake = OperationIntake(
                scope, now: nil, region: self.regions[to].service.node, purge: purge, held: held)
            while let operations = try await feed.next() {
                try await self.regions[to].service.store.write { try intake.take(operations, in: $0) }
            }
            let cursor = PeerCursor(
                project: self.project, node: self.regions[from].service.node, epoch: 1, nextOrdinal: 0)
            try await self.regions[to].service.store.write { try $0.put(cursor) }
        }

        /// Everything that another region had came.
        func complete(_ region: Int, wasHere: Bool = true) async throws -> Bool {
            let (admission, project) = (Admission(node: self.regions[region].service.node), self.project)
            return try await self.regions[region].service.store.write {
                try admission.complete(project, wasHere: wasHere, in: $0)
            }
        }

        func marks(_ region: Int) async throws -> [NodeID: UInt64] {
            let scope = self.scope
            return try await self.regions[region].read { try $0.lastSequences(in: scope) }
        }

        func orders(_ from: Int, for to: Int) async throws -> [PurgeOrder] {
            let (region, node) = (self.regions[to].service.node, self.regions[from].service.node)
            return try await self.regions[from].read { try $0.purgeOrders(for: region, by: node) }
        }

        func send(_ order: PurgeOrder, from: Int, to: Int) async throws -> PurgeAnswer? {
            let (intake, sender) = (
                PurgeIntake(node: self.regions[to].service.node), self.regions[from].service.node
            )
            return try await self.regions[to].service.store.write { try intake.take(order, from: sender, in: $0) }
        }

        /// One region tells another one, and fetches what it lacks, until nothing changes any more.
        @discardableResult
        func purge(_ from: Int, _ to: Int) async throws -> PurgeAnswer? {
            guard var order = try await self.orders(from, for: to).first else { return nil }
            for _ in 0..<3 {
                guard case .holding(let marks) = try await self.send(order, from: from, to: to) else { return .removed }
                if try await self.marks(from).covers(marks) {
                    order.held = marks
                } else {
                    try await self.give(to, to: from)
                }
            }
            return .holding(try await self.marks(to))
        }
    }

    private static func only(_ nodes: Int...) -> AllowedRegions { .only(Set(nodes.map { Fixture.node($0) })) }

    @Test("PURGE-4: a region hands over what only it has, then removes rows and log", arguments: Backend.allCases)
    func handingOver(_ backend: Backend) async throws {
        let world = try await World(backend)
        #expect(try await world.orders(0, for: 2) == [], "nothing ever came from there")
        try await world.rename(2, "Only here")
        try await world.give(2, to: 0)
        let order = try #require(try await world.orders(0, for: 2).first)
        #expect(order.exclusion == [Fixture.node(1): 4])
        #expect(try await world.orders(0, for: 1) == [])
        try await world.rename(2, "Later")
        let marks = try await world.marks(2)
        // What was not handed over is kept, whatever the sender says that it holds.
        var wrong = order
        wrong.held = marks.merging([Fixture.node(3): 1]) { $1 }
        for attempt in [order, wrong] { #expect(try await world.send(attempt, from: 0, to: 2) == .holding(marks)) }
        #expect(try await world.marks(2) == marks)
        #expect(try await world.purge(0, 2) == .removed)
        let project = world.project
        #expect(
            try await world.regions[0].read {
                try $0.operations(of: Fixture.node(3), in: .project(project), after: 0, limit: 9)
            }.count == 2)
        #expect(try await world.regions[2].read { try $0.scopes() } == [.server])
        #expect(try await world.regions[2].read { try $0.project(project) } == nil)
        #expect(try await world.send(order, from: 0, to: 2) == .removed, "an order that comes twice")
    }

    @Test("PURGE-5: what is told to go is not written to any more", arguments: Backend.allCases)
    func frozen(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.give(2, to: 0)
        let order = try #require(try await world.orders(0, for: 2).first)
        _ = try await world.send(order, from: 0, to: 2)
        try await world.regions[2].refuses(
            UpdateProject(world.project, ProjectChange(name: "Late")), .regionExcluded, in: [world.project])
        await #expect(throws: OperationRefusal.excluded(world.project)) {
            try await world.rename(1, "From one that has not heard")
            try await world.give(1, to: 2)
        }
    }

    @Test("PURGE-4: nothing goes before there are as many copies as there must be", arguments: Backend.allCases)
    func copies(_ backend: Backend) async throws {
        let world = try await World(backend, copies: 2)
        try await world.give(2, to: 0)
        for _ in 0..<2 {
            let answer = try await world.purge(0, 2)
            #expect(answer == .holding(try await world.marks(2)))
        }
        try await world.give(0, to: 1)
        try await world.give(2, to: 1)
        #expect(try await world.purge(1, 2) == .removed)
    }

    @Test("PURGE-3: who may not have the project says nothing about it", arguments: Backend.allCases)
    func strangers(_ backend: Backend) async throws {
        let world = try await World(backend)
        // The second region did not hear of it, and sets a policy without the first one.
        try await world.set(1, PolicyRequest(regions: Self.only(2, 3)))
        try await world.give(1, to: 2)
        let order = PurgeOrder(project: world.project, exclusion: [Fixture.node(1): 4], minimumCopies: 1)
        let before = try await world.marks(2)
        #expect(try await world.send(order, from: 0, to: 2) == nil)
        var absent = order
        absent.project = Fixture.id(99)
        #expect(try await world.send(absent, from: 0, to: 2) == nil)
        #expect(try await world.marks(2) == before)
        try await world.rename(2, "Still here")
    }

    @Test("PURGE-6: a region that is allowed again takes it back from one that knows", arguments: Backend.allCases)
    func returning(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.rename(2, "Its own")
        try await world.give(2, to: 0)
        #expect(try await world.purge(0, 2) == .removed)
        let project = world.project
        let found = try await world.regions[2].read { try $0.purge(of: project) }
        let purge = try #require(found)
        #expect(purge == Purge(project: world.project, exclusion: [Fixture.node(1): 4], ownSequence: 1))
        // The second region has not heard of anything.
        await #expect(throws: OperationRefusal.excluded(world.project)) { try await world.give(1, to: 2) }
        #expect(try await world.marks(2) == [:])
        try await world.set(0, PolicyRequest(regions: .all))
        let (knowing, unknowing) = (try await world.marks(0), try await world.marks(1))
        #expect(purge.isLifted(by: knowing))
        #expect(!purge.isLifted(by: unknowing))
        try await world.give(0, to: 2, isReturning: true)
        try await world.regions[2].refuses(UpdateProject(project, ProjectChange(name: "x")), .regionExcluded)
        #expect(try await world.complete(2))
        try await world.rename(2, "Back")
        #expect(try await world.marks(2)[Fixture.node(3)] == 2)
        #expect(try await world.orders(0, for: 2) == [])
    }

    @Test("PURGE-6: no number is used twice: its own operations must be back first", arguments: Backend.allCases)
    func ownNumbers(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.give(2, to: 0)
        #expect(try await world.purge(0, 2) == .removed)
        try await world.set(0, PolicyRequest(regions: .all))
        let project = world.project
        try await world.regions[2].service.store.write { rows in
            try rows.put(Purge(project: project, exclusion: [Fixture.node(1): 4], ownSequence: 5))
        }
        try await world.give(0, to: 2, isReturning: true)
        #expect(try await world.complete(2))
        try await world.regions[2].refuses(UpdateProject(project, ProjectChange(name: "x")), .regionExcluded)
    }

    @Test(
        "PURGE-4: an order from one that has not heard that the region is back changes nothing",
        arguments: Backend.allCases)
    func staleOrder(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.give(2, to: 0)
        let order = try #require(try await world.orders(0, for: 2).first)
        try await world.set(0, PolicyRequest(regions: .all))
        try await world.give(0, to: 2)
        var late = order
        late.held = try await world.marks(2)
        #expect(try await world.send(late, from: 0, to: 2) == .holding(late.held))
        try await world.rename(2, "Still here")
    }

    @Test(
        "POLICY-6: a region keeps nothing that it may not have, also when it was given it", arguments: Backend.allCases)
    func receiver(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.give(0, to: 2)
        #expect(try await !world.complete(2))
        #expect(try await world.marks(2) != [:], "what was here may be here only")
        #expect(try await !world.complete(2, wasHere: false))
        #expect(try await world.marks(2) == [:])
        try await world.set(0, PolicyRequest(regions: .all))
        try await world.give(0, to: 2)
        #expect(try await world.complete(2, wasHere: false))
        #expect(try await world.marks(2) == (try await world.marks(0)))
    }

    @Test(
        "POLICY-6: what was written here while the project came is not removed with it", arguments: Backend.allCases)
    func writtenMeanwhile(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.rename(2, "Written here")
        try await world.give(0, to: 2)
        #expect(try await !world.complete(2, wasHere: false))
        #expect(try await world.marks(2)[Fixture.node(3)] == 1)
    }

    @Test(
        "PURGE-4: how many copies there must be is for those to say who hold everything", arguments: Backend.allCases)
    func fewerCopies(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.set(0, PolicyRequest(regions: .all, minimumCopies: 2))
        try await world.give(0, to: 2)
        try await world.set(0, PolicyRequest(regions: Self.only(1, 2), minimumCopies: 1))
        try await world.give(2, to: 0)
        #expect(try await world.purge(0, 2) == .removed)
    }

    @Test("PURGE-5: what was on its way when the project was removed comes too late", arguments: Backend.allCases)
    func late(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.give(2, to: 0)
        let (held, scope, project) = (try await world.marks(2), world.scope, world.project)
        #expect(try await world.purge(0, 2) == .removed)
        let purge = try await world.regions[2].read { try $0.purge(of: project) }
        let intake = OperationIntake(scope, now: nil, region: world.regions[2].service.node, purge: purge, held: held)
        await #expect(throws: OperationRefusal.excluded(project)) {
            try await world.regions[2].service.store.write { try intake.take([], in: $0) }
        }
    }

    @Test("PURGE-7: a region that may have the project again is not told to remove it", arguments: Backend.allCases)
    func allowedAgain(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.give(2, to: 0)
        func order() async throws -> PurgeOrder? {
            try await world.regions[0].read { [project = world.project] in
                try $0.purgeOrder(of: project, for: Fixture.node(3), by: Fixture.node(1))
            }
        }
        #expect(try await order()?.minimumCopies == 1)
        try await world.set(0, PolicyRequest(minimumCopies: 2))
        #expect(try await order()?.minimumCopies == 2)
        try await world.set(0, PolicyRequest(regions: .all))
        #expect(try await order() == nil)
    }
}
