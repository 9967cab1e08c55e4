import Foundation
import GraphQL

/// Answers jobs on standard input, one JSON object a line, so that another implementation can be compared.
///
/// `{"schema": …}` first; then `{"check": document}`, `{"execute": document, "variables": …, "operation": …}`, or
/// `{"subscribe": …}` of the same form, which is answered by the list of all responses.
var service: GraphQLService<Counter>?
let limits = GraphQLLimits()

@MainActor
func answer(_ job: GraphQLObject) async throws -> GraphQLValue {
    if let text = job["schema"]?.string {
        service = try GraphQLService(
            schema: try Schema([text]), resolvers: Library.resolvers(),
            roots: [.query: QueryRoot(), .mutation: MutationRoot()]
        ) { GraphQLError("\($0)") }
        return .null
    }
    guard let service else { preconditionFailure("a schema comes first") }
    if let document = job["check"]?.string { return .list(service.schema.check(document).map(\.value)) }
    let subscription = job["subscribe"]?.string
    let request = GraphQLRequest(
        query: subscription ?? job["execute"]?.string ?? "", operationName: job["operation"]?.string,
        variables: job["variables"]?.object ?? [:])
    guard subscription != nil else { return try value(await service.execute(request, context: Counter())) }
    switch await service.respond(to: request, context: Counter()) {
    case .refused(let errors): return .list([try value(GraphQLResponse(data: nil, errors: errors))])
    case .responses(let responses):
        var values: [GraphQLValue] = []
        for try await response in responses { values.append(try value(response)) }
        return .list(values)
    }
}

@MainActor
func value(_ response: GraphQLResponse) throws -> GraphQLValue {
    try JSONReader.decode(response.json, depthMax: limits.valueDepthMax)
}

while let line = readLine() {
    let job = try JSONReader.decode(Array(line.utf8), depthMax: limits.valueDepthMax).object ?? [:]
    // Not `print`: a pipe would keep the answer back until there are many.
    FileHandle.standardOutput.write(Data(JSONWriter.encode(try await answer(job)) + [0x0A]))
}
