/// A schema with its resolvers, ready to answer requests. Safe to use concurrently.
public struct GraphQLService<Context: Sendable>: Sendable {
    public let schema: Schema
    public let limits: GraphQLLimits
    private let resolvers: ResolverMap<Context>
    private let introspection: ResolverMap<Context>
    private let roots: [OperationKind: any ObjectSource]
    private let explain: @Sendable (any Error) -> GraphQLError
    private let cache: DocumentCache

    /// - Parameters:
    ///   - roots: what stands behind the root types.
    ///   - explain: turns what resolvers throw, if it is no ``GraphQLError``, into what clients are told.
    /// - Throws: ``SchemaError`` that names the fields without a resolver.
    public init(
        schema: Schema, resolvers: ResolverMap<Context>, roots: [OperationKind: any ObjectSource],
        limits: GraphQLLimits = GraphQLLimits(), explain: @escaping @Sendable (any Error) -> GraphQLError
    ) throws(SchemaError) {
        let missing = resolvers.missing(in: schema)
        guard missing.isEmpty else {
            throw SchemaError(problems: missing.map { "\($0) has no resolver." })
        }
        self.schema = schema
        self.limits = limits
        self.resolvers = resolvers
        self.introspection = Introspection.resolvers()
        self.roots = roots
        self.explain = explain
        self.cache = DocumentCache(limits)
    }

    /// Answers one request. Whatever goes wrong is in the answer.
    public func execute(_ request: GraphQLRequest, context: Context) async -> GraphQLResponse {
        let prepared: Prepared
        do throws(Refusal) {
            prepared = try self.prepare(request)
        } catch {
            return GraphQLResponse(data: nil, errors: error.errors)
        }
        return await self.run(prepared, context: context)
    }

    /// What a request would do; `nil` when it is not valid.
    public func kind(of request: GraphQLRequest) -> OperationKind? {
        guard let document = try? self.document(request.query) else { return nil }
        return try? self.operation(request.operationName, in: document).kind
    }

    /// Begins to answer one request of any kind: a subscription listens from then on, all others run when their response is
    /// asked for.
    public func respond(to request: GraphQLRequest, context: Context) async -> GraphQLReply {
        let prepared: Prepared
        do throws(Refusal) {
            prepared = try self.prepare(request)
        } catch {
            return .refused(error.errors)
        }
        guard prepared.operation.kind == .subscription else { return .responses(self.response(to: prepared, context)) }
        let executor = self.executor(of: prepared, context: context)
        guard let occurrences = await executor.subscribe(prepared.operation, self.resolvers, context)
        else { return .refused(executor.errors) }
        return .responses(self.responses(to: prepared, occurrences))
    }

    private func response(
        to prepared: Prepared, _ context: Context
    ) -> any AsyncSequence<GraphQLResponse, any Error> & Sendable {
        let once = AsyncThrowingStream<Void, any Error> { stream in
            stream.yield()
            stream.finish()
        }
        return once.map { await self.run(prepared, context: context) }
    }

    private func responses(
        to prepared: Prepared, _ occurrences: some AsyncSequence<Occurrence<Context>, any Error> & Sendable
    ) -> any AsyncSequence<GraphQLResponse, any Error> & Sendable {
        occurrences.map { occurrence in
            await self.run(prepared, root: SubscriptionRoot(value: occurrence.value), context: occurrence.context)
        }
    }

    private func run(_ prepared: Prepared, context: Context) async -> GraphQLResponse {
        guard let root = self.roots[prepared.operation.kind] else {
            let text = "This server does not run \(prepared.operation.kind.rawValue) operations here."
            return GraphQLResponse(data: nil, errors: [GraphQLError(text, code: .badRequest)])
        }
        return await self.run(prepared, root: root, context: context)
    }

    private func run(_ prepared: Prepared, root: any ObjectSource, context: Context) async -> GraphQLResponse {
        let executor = self.executor(of: prepared, context: context)
        let data = await executor.run(prepared.operation, root: root)
        return GraphQLResponse(data: data, errors: executor.errors)
    }

    private func executor(of prepared: Prepared, context: Context) -> Executor {
        let (resolvers, introspection) = (self.resolvers, self.introspection)
        return Executor(self.schema, prepared.document, variables: prepared.variables, explain: self.explain) {
            field, type, sources, arguments in
            let map = type.hasPrefix("__") ? introspection : resolvers
            return try await map.resolve(field, of: type, sources, arguments, context)
        }
    }

    private func prepare(_ request: GraphQLRequest) throws(Refusal) -> Prepared {
        let document = try self.document(request.query)
        let operation = try self.operation(request.operationName, in: document)
        let variables = Variables(operation, request.variables, self.schema, document.source)
        guard variables.errors.isEmpty else { throw Refusal(errors: variables.errors) }
        let excess = RequestCost.error(
            of: operation, in: document, self.schema, variables: variables.values, self.limits)
        if let excess { throw Refusal(errors: [excess]) }
        return Prepared(document: document, operation: operation, variables: variables.values)
    }

    private func document(_ text: String) throws(Refusal) -> Document {
        if let known = self.cache.document(text) { return known }
        let document: Document
        do throws(GraphQLError) {
            document = try Parser.parse(text, limits: self.limits)
        } catch {
            throw Refusal(errors: [error])
        }
        let errors = Validation.errors(in: document, self.schema, self.limits)
        guard errors.isEmpty else { throw Refusal(errors: errors) }
        self.cache.insert(document, text)
        return document
    }

    private func operation(_ name: String?, in document: Document) throws(Refusal) -> OperationDefinition {
        let operations = document.operations
        let problem: String
        if let name {
            if let operation = operations.first(where: { $0.name?.text == name }) { return operation }
            problem = "Unknown operation named '\(name)'."
        } else {
            if let only = operations.first, operations.count == 1 { return only }
            problem =
                operations.isEmpty
                ? "Must provide an operation."
                : "Must provide operation name if query contains multiple operations."
        }
        throw Refusal(errors: [GraphQLError(problem, code: .operationResolution)])
    }
}

/// What a request is answered with.
public enum GraphQLReply: Sendable {
    /// It is not run.
    case refused([GraphQLError])
    /// One response, or one for each thing that a subscription tells of. It throws when it cannot go on.
    case responses(any AsyncSequence<GraphQLResponse, any Error> & Sendable)
}

/// A request that is valid.
private struct Prepared: Sendable {
    var document: Document
    var operation: OperationDefinition
    var variables: [String: GraphQLValue]
}

/// Why a request is not run. Outside of the generic type: the optimiser fails on typed throws of nested errors.
private struct Refusal: Error {
    var errors: [GraphQLError]
}

extension Schema {
    /// What is wrong with `text` as a request to this schema: a syntax error, or all errors of validation.
    public func check(_ text: String, limits: GraphQLLimits = GraphQLLimits()) -> [GraphQLError] {
        do throws(GraphQLError) {
            return Validation.errors(in: try Parser.parse(text, limits: limits), self, limits)
        } catch {
            return [error]
        }
    }
}
