import GraphQL
import Testing

/// What a request may ask for in all.
@Suite struct RequestCostTests {
    private struct Root: ObjectSource { static let typeName = "Query" }

    private func refusal(of query: String, _ variables: GraphQLObject = [:]) async throws -> String? {
        var map = ResolverMap<Int>()
        map.type(Root.self) { field in
            field("id") { _, _, _ in 1 }
            field("list") { _, _, _ in [Root]() }
        }
        var limits = GraphQLLimits()
        limits.costMax = 5000
        let service = try GraphQLService(
            schema: try Schema(["type Query { id: Int list(limit: Int = 50): [Query!]! }"]), resolvers: map,
            roots: [.query: Root()], limits: limits, explain: { _ in GraphQLError("") })
        return await service.execute(GraphQLRequest(query: query, variables: variables), context: 0).errors.first?
            .message
    }

    @Test(
        "a list counts with its limit, or with that which it has by itself",
        arguments: [
            ("{ list { list { id } } }", true), ("{ list { list { list { id } } } }", false),
            ("{ list(limit: 1) { list { list { id } } } }", true), ("{ list(limit: 6000) { id } }", false),
            ("{ list { ...F } } fragment F on Query { list { list { id } } }", false),
            ("{ list { ... { list { list { id } } } } }", false),
            ("query($n: Int) { list(limit: $n) { list { id } } }", true),
            ("query($n: Int = 200) { list(limit: $n) { list { id } } }", false),
        ])
    func limits(_ query: String, isAllowed: Bool) async throws {
        #expect(
            try await self.refusal(of: query) == (isAllowed ? nil : "The operation asks for more than 5000 fields."))
    }

    @Test("a limit in the variables counts")
    func variables() async throws {
        #expect(try await self.refusal(of: "query($n: Int) { list(limit: $n) { id } }", ["n": .int(5000)]) != nil)
    }
}
