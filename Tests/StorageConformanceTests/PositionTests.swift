import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct PositionTests {
    private func log(_ project: Int, _ node: Int) -> Position.Log {
        Position.Log(scope: .project(Fixture.id(project)), origin: Fixture.node(node))
    }

    @Test("a position is read as it was written, and knows the last of each log")
    func text() throws {
        var position = Position()
        #expect(position.isEmpty)
        position.note(Position.Log(scope: .server, origin: Fixture.node(1)), 3)
        position.note(self.log(1, 2), 7)
        position.note(self.log(1, 2), 5)
        #expect(
            position.description == "server:\(Fixture.node(1)):3,\(Fixture.id(1) as ProjectID):\(Fixture.node(2)):7")
        #expect(Position(position.description) == position)
    }

    @Test("a position has sixteen logs at most, those that were written last")
    func limit() throws {
        var position = Position()
        for project in 1...20 { position.note(self.log(project, 1), 1) }
        #expect(position.marks.map(\.log) == (5...20).map { self.log($0, 1) })
        #expect(Position(position.description) == position)
    }

    @Test(
        "what is no position is not read",
        arguments: [
            "", "a", "a:b", "a:b:1", ":\(Fixture.node(1)):1", "a:\(Fixture.node(1)):x", "a:\(Fixture.node(1)):-1",
        ])
    func malformed(_ text: String) {
        #expect(Position(text) == nil)
        #expect(Position(Array(repeating: "a:\(Fixture.node(1)):1", count: 17).joined(separator: ",")) == nil)
    }

    @Test("a command says what it wrote, once it is durable", arguments: Backend.allCases)
    func trace(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let trace = WriteTrace()
        let project = try await WriteTrace.$current.withValue(trace) {
            let project = try await office.perform(CreateProject(name: "Pier", description: nil, visibility: nil))
            try? await office.perform(DeleteProject(Fixture.id(99)))
            return project
        }
        let last = try await office.read { try $0.lastSequence(of: Office.node, in: .project(project.id)) }
        var expected = Position()
        expected.note(Position.Log(scope: .project(project.id), origin: Office.node), last)
        #expect(trace.position == expected)
        #expect(last > 1)
    }
}
