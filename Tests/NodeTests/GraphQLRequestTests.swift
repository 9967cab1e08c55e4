import GraphQL
import Testing

/// What an edge finds out about a request before it decides who answers it.
@Suite struct GraphQLRequestTests {
    @Test(
        "only a request of queries alone changes nothing",
        arguments: [
            ("{ a }", true), ("query A { a } query B { b }", true), ("mutation { a }", false),
            ("query A { a } mutation B { b }", false), ("subscription { a }", false), ("{", false), ("", false),
        ])
    func onlyReads(_ query: String, _ expected: Bool) {
        #expect(GraphQLRequest(query: query).onlyReads() == expected)
    }

    @Test("a mutation's outer fields are told, but not where fragments hide some")
    func mutationPaths() {
        func paths(_ query: String) -> Set<[String]>? { GraphQLRequest(query: query).mutationPaths() }
        #expect(paths("mutation { v { create { id } other: create { id } } }") == [["v", "create"]])
        #expect(paths("mutation M { v { create { id } } w { b { id } } }") == [["v", "create"], ["w", "b"]])
        #expect(paths("mutation { commit }") == [["commit"]])
        #expect(paths("mutation { ...F } fragment F on Mutation { v { create { id } } }") == nil)
        #expect(paths("mutation { v { ... { create { id } } } }") == nil)
        #expect(paths("{ v { create { id } } }") == nil)
        #expect(paths("mutation A { a { b } } mutation B { c { d } }") == nil)
    }
}
