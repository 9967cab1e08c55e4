import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct ModelCommandTests {
    @Test("COMMAND-20: names of models are lower-cased and trimmed, and taken once", arguments: Backend.allCases)
    func create(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let command = CreateModel(project: project.id, name: " Building / WALLS\t/ÄUẞEN ", description: "text")
        let model = try await office.perform(command, appends: .project(project.id)) { [.modelCreated($0)] }
        #expect(model.name == "building/walls/äußen")
        #expect(model.description == "text")
        #expect(model.author == office.owner.id)
        #expect(model.createdAt == office.now)
        #expect(try await office.read { try $0.model(model.id, in: project.id) } == model)
        #expect(try await office.read { try $0.project(project.id)?.updatedAt } == office.now)
        try await office.refuses(command, .modelCreate, in: [project.id])
        try await office.refuses(
            CreateModel(project: project.id, name: "MAIN", description: nil), .modelCreate, in: [project.id])
        try await office.refuses(
            CreateModel(project: Fixture.id(77), name: "x", description: nil), .projectNotFound)
        let (other, _) = try await office.project()
        try await office.perform(CreateModel(project: other.id, name: model.name, description: nil))
    }

    @Test("COMMAND-21: names that Speckle forbids are refused", arguments: Backend.allCases)
    func names(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let side = try await office.perform(CreateModel(project: project.id, name: "side", description: nil))
        let long = String(repeating: "ä", count: 257)
        for name in ["", "  ", "#a", "$a", "/a", "a/", "a//b", "a/ /b", "a,b", "a\\b", "/", long] {
            try await office.refuses(
                CreateModel(project: project.id, name: name, description: nil), .modelName, in: [project.id])
            try await office.refuses(
                UpdateModel(project: project.id, id: side.id, name: name, description: nil), .modelName,
                in: [project.id])
            try await office.refuses(
                MoveVersions(project: project.id, ids: [], targetModelName: name), .versionUpdate, in: [project.id])
        }
        #expect(main.name == "main")
    }

    @Test("COMMAND-22: a model is renamed unless the name is taken", arguments: Backend.allCases)
    func update(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let side = try await office.perform(CreateModel(project: project.id, name: "side", description: "text"))
        func update(_ id: ModelID, _ name: String?, _ description: String? = nil) -> UpdateModel {
            UpdateModel(project: project.id, id: id, name: name, description: description)
        }
        let renamed = try await office.perform(update(side.id, "ROOF"), appends: .project(project.id)) { _ in
            [.modelChanged(ModelChange(id: side.id, name: "roof", description: nil))]
        }
        #expect(renamed.name == "roof")
        #expect(renamed.description == "text")
        #expect(renamed.updatedAt == office.now)
        #expect(renamed.createdAt == side.createdAt)
        #expect(try await office.perform(update(side.id, "Roof", "new")).description == "new")
        try await office.refuses(update(side.id, "Main"), .modelUpdate, in: [project.id])
        try await office.refuses(update(Fixture.id(77), "x"), .modelNotFound, in: [project.id])
        let (other, _) = try await office.project()
        try await office.refuses(
            UpdateModel(project: other.id, id: main.id, name: "x", description: nil), .modelNotFound,
            in: [project.id, other.id])
    }

    @Test("COMMAND-23: a model goes with its versions; main and globals stay", arguments: Backend.allCases)
    func delete(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let side = try await office.perform(CreateModel(project: project.id, name: "side", description: nil))
        let globals = try await office.perform(CreateModel(project: project.id, name: "Globals", description: nil))
        _ = try await office.version(1, of: side)
        let kept = try await office.version(2, of: main)
        let command = DeleteModel(project: project.id, id: side.id)
        try await office.perform(command, appends: .project(project.id)) { _ in [.modelDeleted(side.id)] }
        #expect(try await office.read { try $0.allVersions(in: project.id) } == [kept])
        #expect(try await office.read { try $0.project(project.id)?.updatedAt } == office.now)
        try await office.refuses(command, .modelNotFound, in: [project.id])
        for reserved in [main, globals] {
            try await office.refuses(DeleteModel(project: project.id, id: reserved.id), .badRequest, in: [project.id])
        }
    }
}
