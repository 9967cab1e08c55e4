import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct PreferenceCommandTests {
    @Test(
        "COMMAND-80: a mark is made and taken away once, and only on projects that are here",
        arguments: Backend.allCases)
    func favorites(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let mark = SetFavorite(project: project.id, isFavorite: true)
        let change = FavoriteChange(user: office.owner.id, project: project.id, isFavorite: true)
        try await office.perform(mark, appends: .server) { _ in [.favoriteChanged(change)] }
        let expected = Favorite(user: office.owner.id, project: project.id, since: office.now)
        try await office.perform(mark, appends: .server) { _ in [] }
        #expect(try await office.read { try $0.favorites(of: office.owner.id) } == [expected])
        #expect(try await office.read { try $0.favorites(of: office.guest.id) }.isEmpty)
        try await office.perform(SetFavorite(project: project.id, isFavorite: false))
        #expect(try await office.read { try $0.favorites(of: office.owner.id) }.isEmpty)
        try await office.refuses(SetFavorite(project: Fixture.id(99), isFavorite: true), .projectNotFound)
        try await office.refuses(mark, .unauthorized, by: nil)
    }

    @Test("COMMAND-81: only switches that change are written, and only well-formed ones", arguments: Backend.allCases)
    func switches(_ backend: Backend) async throws {
        let office = try await Office(backend)
        func change(_ key: String, _ isOn: Bool) -> OperationBody {
            .preferenceChanged(PreferenceChange(user: office.owner.id, key: key, isOn: isOn))
        }
        try await office.perform(SetPreferences(["flag/b": true, "flag/a": false]), appends: .server) { _ in
            [change("flag/a", false), change("flag/b", true)]
        }
        try await office.perform(SetPreferences(["flag/b": false, "flag/a": false]), appends: .server) { _ in
            [change("flag/b", false)]
        }
        for key in ["flag", "flag/", "/a", "flag/ä", "flag/a b", "flag/" + String(repeating: "x", count: 124)] {
            try await office.refuses(SetPreferences([key: true]), .userInput)
        }
        let many = (0..<SetPreferences.countMax - 1).map { ("flag/\($0)", true) }
        try await office.refuses(SetPreferences(Dictionary(uniqueKeysWithValues: many)), .badRequest)
    }
}
