import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct BlobCommandTests {
    private static let hash = String(repeating: "ab", count: 32)

    @Test(
        "COMMAND-40: a file is added once, under the id that its client gave it or a new one",
        arguments: Backend.allCases)
    func add(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let content = Fixture.content(7)
        let command = AddBlob(project: project.id, fileName: "Plan.IFC", content: content)
        let first = try await office.perform(command, appends: .project(project.id)) { [.blobCreated($0)] }
        #expect(first.id.rawValue.utf8.count == BlobID.digitCount)
        #expect((first.content, first.fileType, first.author) == (content, "ifc", office.owner.id))
        #expect(try await office.perform(command).id != first.id)
        let named = AddBlob(project: project.id, fileName: "a", content: content, id: BlobID(rawValue: Self.hash))
        let second = try await office.perform(named, appends: .project(project.id)) { [.blobCreated($0)] }
        #expect(second.id.rawValue == Self.hash)
        let again = try await office.perform(named, appends: .project(project.id)) { _ in [] }
        #expect(again == second)
    }

    @Test("COMMAND-41: deleting a file takes it away and keeps the right to its bytes", arguments: Backend.allCases)
    func delete(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let blob = try await office.perform(
            AddBlob(project: project.id, fileName: "a", content: Fixture.content(7)))
        let command = DeleteBlob(project: project.id, id: blob.id)
        try await office.perform(command, appends: .project(project.id)) { _ in [.blobDeleted(blob.id)] }
        #expect(try await office.read { try $0.blob(blob.id, in: project.id) } == nil)
        #expect(try await office.read { try $0.content(blob.digest, in: project.id) } == blob.content)
        try await office.refuses(command, .notFound, in: [project.id])
    }

    @Test(
        "COMMAND-42: a pushed file needs bytes that the project was given, and keeps its id",
        arguments: Backend.allCases)
    func publish(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let other = try await office.project().0
        let content = Fixture.content(7)
        let pushed = PublishedBlob(
            id: Fixture.id(9), fileName: "plan.ifc", digest: content.digest, createdAt: Fixture.time(3))
        let command = Publish(project: project.id, publications: [.blob(pushed), .blob(pushed)])
        try await office.backend.store.write { try $0.noteContent(content, in: other.id) }
        try await office.refuses(command, .notFound, in: [project.id])
        try await office.backend.store.write { try $0.noteContent(content, in: project.id) }
        #expect(try await office.perform(command) == .published([true, false]))
        let blob = try #require(try await office.read { try $0.blob(pushed.id, in: project.id) })
        #expect((blob.content, blob.fileName, blob.createdAt) == (content, "plan.ifc", Fixture.time(3)))
        for id in ["", "../../etc", "123456789", Self.hash + "0"] {
            var bad = pushed
            bad.id = BlobID(rawValue: id)
            try await office.refuses(
                Publish(project: project.id, publications: [.blob(bad)]), .userInput, in: [project.id])
        }
    }
}
