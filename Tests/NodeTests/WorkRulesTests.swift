import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import Node

/// Who may do what with what somebody made. 1 owns the projects, 2 contributes to them, 3 reviews them, and 4 has nothing to do with them.
@Suite struct WorkRulesTests {
    private static func store(_ visibility: ProjectVisibility, publicComments: Bool) async throws -> MemoryMetadataStore
    {
        let store = MemoryMetadataStore()
        try await store.write { rows in
            for number in 1...4 { try rows.put(Fixture.user(number)) }
            var project = Fixture.project(1)
            (project.visibility, project.allowPublicComments) = (visibility, publicComments)
            try rows.put(project)
            for (number, role) in [(1, ProjectRole.owner), (2, .contributor), (3, .reviewer)] {
                try rows.put(Collaborator(project: project.id, user: Fixture.id(number), role: role))
            }
            for number in 1...4 { try rows.put(Fixture.comment(number, in: 1, by: number), CommentScene()) }
        }
        return store
    }

    private static func principal(
        _ number: Int, scopes: [Scope] = Scope.allCases, projects: [ProjectID] = []
    ) -> Principal {
        var token = Fixture.token(number, of: number)
        (token.scopes, token.projects) = (scopes, projects)
        return Principal(user: Fixture.user(number), token: token)
    }

    /// The comments, by their authors, with which `principal` may do something.
    private static func allowed(
        _ action: ProjectRules.WorkAction, _ principal: Principal?, _ store: MemoryMetadataStore
    ) async throws -> [Int] {
        try await store.read { rows in
            try (1...4).filter { number in
                do {
                    try ProjectRules.require(
                        action, on: .comment(Fixture.id(number)), in: Fixture.id(1), for: principal, rows)
                } catch let error as DomainError {
                    #expect(error.code == .forbidden)
                    return false
                }
                let author: UserID = Fixture.id(number)
                let works: [(project: ProjectID, author: UserID?)] = [(Fixture.id(1), author)]
                #expect(try ProjectRules.refusals(of: action, on: works, for: principal, rows) == [nil])
                return true
            }
        }
    }

    @Test("in a private project people change their own comments, and owners archive those of others")
    func members() async throws {
        let store = try await Self.store(.private, publicComments: true)
        for (number, archived) in [(1, [1, 2, 3, 4]), (2, [2]), (3, [3]), (4, [])] {
            let principal = Self.principal(number)
            #expect(try await Self.allowed(.editComment, principal, store) == (number == 4 ? [] : [number]))
            #expect(try await Self.allowed(.archiveComment, principal, store) == archived)
        }
        #expect(try await Self.allowed(.editComment, nil, store) == [])
        #expect(try await Self.allowed(.archiveComment, nil, store) == [])
    }

    @Test("in a public project everybody who is signed in has comments of their own, as long as it lets them")
    func visitors() async throws {
        for publicComments in [true, false] {
            let store = try await Self.store(.public, publicComments: publicComments)
            for action in [ProjectRules.WorkAction.editComment, .archiveComment] {
                #expect(try await Self.allowed(action, Self.principal(4), store) == (publicComments ? [4] : []))
                #expect(try await Self.allowed(action, nil, store) == [])
            }
        }
    }

    @Test("a token may do no more than its scopes, and nothing in projects that it is not for")
    func tokens() async throws {
        let store = try await Self.store(.public, publicComments: true)
        let tokens = [
            Self.principal(1, scopes: [.streamsRead]), Self.principal(1, scopes: []),
            Self.principal(1, projects: [Fixture.id(2)]), Self.principal(4, projects: [Fixture.id(2)]),
        ]
        for token in tokens {
            for action in [ProjectRules.WorkAction.editComment, .archiveComment] {
                #expect(try await Self.allowed(action, token, store) == [])
            }
        }
        #expect(try await Self.allowed(.editComment, Self.principal(1, projects: [Fixture.id(1)]), store) == [1])
        let broadcasts = try await store.read { rows in
            try ([nil, Self.principal(4)] + tokens).map {
                try ProjectRules.refusal(of: .broadcast, on: Fixture.id(1), for: $0, rows) == nil
            }
        }
        #expect(broadcasts == [false, true, true, false, false, false])
    }

    @Test("whether a comment is there is told to those who may comment, and to nobody else")
    func absent() async throws {
        let store = try await Self.store(.private, publicComments: false)
        let found = try await store.read { rows in
            try (3...4).map { number in
                do {
                    try ProjectRules.require(
                        .editComment, on: .comment(Fixture.id(99)), in: Fixture.id(1), for: Self.principal(number), rows
                    )
                } catch let error as DomainError {
                    return error.code
                }
                return DomainError.Code.badRequest
            }
        }
        #expect(found == [.commentNotFound, .forbidden])
    }

    @Test("models and versions are changed by whoever made them, as long as they contribute, and by owners")
    func modelsAndVersions() async throws {
        let store = try await Self.store(.public, publicComments: true)
        try await store.write { rows in
            for number in 1...4 {
                var (model, version) = (Fixture.model(number, in: 1), Fixture.version(number, of: 1, in: 1))
                (model.author, version.author) = (Fixture.id(number), number == 4 ? nil : Fixture.id(number))
                try rows.put(model)
                try rows.put(version)
            }
        }
        for (number, allowed) in [(1, [1, 2, 3, 4]), (2, [2]), (3, []), (4, [])] {
            let principal = Self.principal(number)
            let found = try await store.read { rows in
                try (1...4).map { made in
                    let works: [(ProjectRules.WorkAction, ProjectRules.Work)] = [
                        (.removeModel, .model(Fixture.id(made))), (.changeVersion, .versions([Fixture.id(made)])),
                    ]
                    return try works.map { action, work in
                        do {
                            try ProjectRules.require(action, on: work, in: Fixture.id(1), for: principal, rows)
                            return true
                        } catch let error as DomainError {
                            #expect(error.code == .forbidden)
                            return false
                        }
                    }
                }
            }
            #expect(found == (1...4).map { Array(repeating: allowed.contains($0), count: 2) })
            // One that is somebody else's is enough.
            let both = ProjectRules.Work.versions([Fixture.id(2), Fixture.id(3)])
            let mayBoth = try await store.read { rows in
                let allowed: Void? = try? ProjectRules.require(
                    .changeVersion, on: both, in: Fixture.id(1), for: principal, rows)
                return allowed != nil
            }
            #expect(mayBoth == (number == 1))
        }
    }
}
