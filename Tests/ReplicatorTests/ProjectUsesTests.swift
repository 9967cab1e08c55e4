import ObjectModel
import StorageTestKit
import Synchronization
import Testing

@testable import Replicator

@Suite struct ProjectUsesTests {
    private let project = ProjectID(rawValue: "p")

    @Test("a project is not given up before the last use of it ends")
    func usedProjectsStay() async {
        let uses = ProjectUses(times: [:])
        var first: ProjectUses.Use? = await uses.begin(self.project)
        var second: ProjectUses.Use? = await uses.begin(self.project)
        #expect(await uses.giveUp(self.project) {} == false)
        first = nil
        #expect(await uses.giveUp(self.project) {} == false)
        second = nil
        #expect(await uses.giveUp(self.project) {})
        #expect(first == nil && second == nil)
    }

    @Test("who comes while a project is given up waits until it is gone")
    func usersWait() async {
        let uses = ProjectUses(times: [:])
        let order = Mutex<[String]>([])
        let (begun, toBegun) = AsyncStream.makeStream(of: Void.self)
        let user = Task {
            for await _ in begun {}
            let use = await uses.begin(self.project)
            order.withLock { $0.append("used") }
            withExtendedLifetime(use) {}
        }
        _ = await uses.giveUp(self.project) {
            toBegun.finish()
            for _ in 0..<100 { await Task.yield() }
            order.withLock { $0.append("gone") }
        }
        await user.value
        #expect(order.withLock { $0 } == ["gone", "used"])
    }

    @Test("the last use counts, is told once, and is forgotten with the project")
    func times() async {
        let uses = ProjectUses(times: [self.project: Fixture.time(1)])
        #expect(uses.takeChanges() == [:])
        #expect(uses.lastUse(of: self.project) == Fixture.time(1))
        uses.note(self.project, at: Fixture.time(2))
        uses.note(self.project, at: Fixture.time(3))
        #expect(uses.takeChanges() == [self.project: Fixture.time(3)])
        #expect(uses.takeChanges() == [:])
        _ = await uses.giveUp(self.project) {}
        #expect(uses.lastUse(of: self.project) == nil)
        #expect(uses.takeChanges() == [:])
    }
}
