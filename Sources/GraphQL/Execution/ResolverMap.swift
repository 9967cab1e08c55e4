/// Finds out the value of one field.
public typealias Resolver<Context: Sendable> =
    @Sendable (_ source: any ObjectSource, _ arguments: GraphQLObject, _ context: Context) async throws -> Resolved

/// Finds out the value of one field of many objects, in their order.
public typealias BatchResolver<Context: Sendable> =
    @Sendable (_ sources: [any ObjectSource], _ arguments: GraphQLObject, _ context: Context) async throws -> [Resolved]

/// One thing that a subscription tells of.
public struct Occurrence<Context: Sendable>: Sendable {
    /// The value of the subscription's field.
    public var value: Resolved
    /// What the fields of that are resolved with.
    public var context: Context

    public init(_ value: some GraphQLOutput, context: Context) {
        self.value = value.resolved
        self.context = context
    }
}

/// What happens from now on. It ends when there is nothing more to tell, and throws when it cannot go on.
public typealias Occurrences<Context: Sendable> = any AsyncSequence<Occurrence<Context>, any Error> & Sendable

/// Begins to listen for what one field of the subscription type tells of.
public typealias Subscriber<Context: Sendable> =
    @Sendable (_ arguments: GraphQLObject, _ context: Context) async throws -> Occurrences<Context>

/// The resolvers of a schema's fields.
public struct ResolverMap<Context: Sendable>: Sendable {
    struct Key: Hashable {
        var type: String
        var field: String
    }

    private var resolvers: [Key: Resolver<Context>] = [:]
    private var batchResolvers: [Key: BatchResolver<Context>] = [:]
    /// Types all of whose other fields fail with an error.
    private var fallbacks: [String: GraphQLError] = [:]
    private var subscribers: [String: Subscriber<Context>] = [:]

    public init() {}

    /// Sets what a field of the subscription type tells of.
    public mutating func subscription(_ field: String, _ subscribe: @escaping Subscriber<Context>) {
        self.subscribers[field] = subscribe
    }

    /// What `field` of the subscription type, which is `type`, tells of.
    func subscriber(of field: String, in type: String) -> Subscriber<Context>? {
        if let subscriber = self.subscribers[field] { return subscriber }
        guard let error = self.fallbacks[type] else { return nil }
        return { _, _ in throw error }
    }

    /// The resolvers of one type's fields.
    public struct Fields<Source: ObjectSource> {
        fileprivate var resolvers: [String: Resolver<Context>] = [:]
        fileprivate var batchResolvers: [String: BatchResolver<Context>] = [:]

        /// Sets the resolver of one field. `arguments` hold what is given or has a default, coerced to its type.
        public mutating func callAsFunction<Output: GraphQLOutput>(
            _ field: String,
            _ resolve: @escaping @Sendable (Source, GraphQLObject, Context) async throws -> Output
        ) {
            self.resolvers[field] = { source, arguments, context in
                try await resolve(Self.own(source), arguments, context).resolved
            }
        }

        /// Sets the resolver of one field of all objects of a list together. It gives one output for each source, in their
        /// order; where it throws, the field fails in all of them.
        public mutating func together<Output: GraphQLOutput>(
            _ field: String,
            _ resolve: @escaping @Sendable ([Source], GraphQLObject, Context) async throws -> [Output]
        ) {
            self.batchResolvers[field] = { sources, arguments, context in
                try await resolve(sources.map(Self.own), arguments, context).map(\.resolved)
            }
        }

        private static func own(_ source: any ObjectSource) -> Source {
            guard let source = source as? Source else {
                preconditionFailure("\(Source.typeName) is made of \(Source.self) only")
            }
            return source
        }
    }

    /// Sets resolvers of the type that `source` stands behind.
    public mutating func type<Source: ObjectSource>(
        _ source: Source.Type, _ define: (inout Fields<Source>) -> Void
    ) {
        var fields = Fields<Source>()
        define(&fields)
        for (field, resolver) in fields.resolvers {
            self.resolvers[Key(type: Source.typeName, field: field)] = resolver
        }
        for (field, resolver) in fields.batchResolvers {
            self.batchResolvers[Key(type: Source.typeName, field: field)] = resolver
        }
    }

    /// Makes a field answer the same whatever it is asked of.
    public mutating func constant(_ field: String, of type: String, _ answer: Result<Resolved, GraphQLError>) {
        self.resolvers[Key(type: type, field: field)] = { _, _, _ in try answer.get() }
    }

    /// Makes all fields of a type that have no resolver fail with `error`.
    public mutating func fail(_ type: String, with error: GraphQLError) {
        self.fallbacks[type] = error
    }

    /// Finds out `field` of `sources`, which are of one type; each in its place.
    func resolve(
        _ field: String, of type: String, _ sources: [any ObjectSource], _ arguments: GraphQLObject, _ context: Context
    ) async throws -> [Result<Resolved, any Error>] {
        if let batch = self.batchResolver(of: field, in: type) {
            let found = try await batch(sources, arguments, context)
            precondition(found.count == sources.count, "\(type).\(field) answers for each source")
            return found.map { .success($0) }
        }
        guard let resolver = self.resolver(of: field, in: type) else {
            preconditionFailure("every field was checked to have a resolver")
        }
        var results: [Result<Resolved, any Error>] = []
        results.reserveCapacity(sources.count)
        for source in sources {
            do {
                results.append(.success(try await resolver(source, arguments, context)))
            } catch {
                results.append(.failure(error))
            }
        }
        return results
    }

    func resolver(of field: String, in type: String) -> Resolver<Context>? {
        if let resolver = self.resolvers[Key(type: type, field: field)] { return resolver }
        guard let error = self.fallbacks[type] else { return nil }
        return { _, _, _ in throw error }
    }

    func batchResolver(of field: String, in type: String) -> BatchResolver<Context>? {
        self.batchResolvers[Key(type: type, field: field)]
    }

    private func answers(_ field: String, of type: String) -> Bool {
        self.resolver(of: field, in: type) != nil || self.batchResolver(of: field, in: type) != nil
    }

    /// Fields of objects that nothing answers for, as `Type.field`.
    func missing(in schema: Schema) -> [String] {
        let subscription = schema.rootType(.subscription)?.name
        return schema.typeNames.compactMap { schema[$0] }.filter { $0.isObject && !$0.name.hasPrefix("__") }
            .flatMap { type in
                (type.fields?.list ?? []).filter { field in
                    type.name == subscription
                        ? self.subscriber(of: field.name, in: type.name) == nil
                        : !self.answers(field.name, of: type.name)
                }.map { "\(type.name).\($0.name)" }
            }
    }
}
