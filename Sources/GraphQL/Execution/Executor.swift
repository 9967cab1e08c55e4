/// Runs one operation (GraphQL §6). Belongs to one request.
final class Executor<Context: Sendable> {
    /// A value that must not be null is: the nearest parent that may be null becomes it.
    private struct NullPropagation: Error {}

    private typealias Group = (key: String, fields: [FieldNode])

    private let schema: Schema
    private let document: Document
    private let fragments: [String: FragmentDefinition]
    private let resolvers: ResolverMap<Context>
    private let introspection: ResolverMap<Context>
    private let variables: [String: GraphQLValue]
    private let context: Context
    private let explain: @Sendable (any Error) -> GraphQLError
    private(set) var errors: [GraphQLError] = []

    init(
        _ schema: Schema, _ document: Document, resolvers: ResolverMap<Context>, introspection: ResolverMap<Context>,
        variables: [String: GraphQLValue], context: Context, explain: @escaping @Sendable (any Error) -> GraphQLError
    ) {
        self.schema = schema
        self.document = document
        self.fragments = Dictionary(
            document.fragments.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
        self.resolvers = resolvers
        self.introspection = introspection
        self.variables = variables
        self.context = context
        self.explain = explain
    }

    /// The answer's `data`. Fields of a mutation run one after the other; so do all others.
    func run(_ operation: OperationDefinition, root: any ObjectSource) async -> GraphQLValue {
        guard let type = self.schema.rootType(operation.kind) else { return .null }
        do {
            return .object(try await self.execute(operation.selections, of: type, root, at: []))
        } catch {
            return .null
        }
    }

    /// Begins to listen for what the one field of a subscription tells of.
    func subscribe(_ operation: OperationDefinition) async -> Occurrences<Context>? {
        guard let type = self.schema.rootType(.subscription),
            let group = self.groups(operation.selections, of: type).first,
            let definition = self.schema.field(group.fields[0].name.text, of: type)
        else { return nil }
        guard let subscriber = self.resolvers.subscriber(of: definition.name, in: type.name) else {
            preconditionFailure("every field was checked to have a subscriber")
        }
        do {
            return try await subscriber(try self.arguments(group.fields[0], definition), self.context)
        } catch {
            self.note(error, group.fields, at: [.key(group.key)])
            return nil
        }
    }

    // MARK: Selections

    private func execute(
        _ selections: [Selection], of type: TypeDefinition, _ source: any ObjectSource, at path: [PathElement]
    ) async throws -> GraphQLObject {
        var object = GraphQLObject()
        for group in self.groups(selections, of: type) {
            let path = path + [.key(group.key)]
            object[group.key] = try await self.execute(group.fields, of: type, source, at: path)
        }
        return object
    }

    private func groups(_ selections: [Selection], of type: TypeDefinition) -> [Group] {
        var groups: [Group] = []
        var positions: [String: Int] = [:]
        var visited: Set<String> = []
        self.collect(selections, of: type, &groups, &positions, &visited)
        return groups
    }

    private func collect(
        _ selections: [Selection], of type: TypeDefinition, _ groups: inout [Group], _ positions: inout [String: Int],
        _ visited: inout Set<String>
    ) {
        for selection in selections {
            switch selection {
            case .field(let field):
                guard self.isIncluded(field.directives) else { continue }
                let key = field.responseKey
                if let position = positions[key] {
                    groups[position].fields.append(field)
                } else {
                    positions[key] = groups.count
                    groups.append((key, [field]))
                }
            case .inline(let inline):
                guard self.isIncluded(inline.directives),
                    inline.typeCondition.map({ self.schema.isSubtype(type.name, of: $0.text) }) ?? true
                else { continue }
                self.collect(inline.selections, of: type, &groups, &positions, &visited)
            case .spread(let spread):
                guard self.isIncluded(spread.directives), visited.insert(spread.name.text).inserted,
                    let fragment = self.fragments[spread.name.text],
                    self.schema.isSubtype(type.name, of: fragment.typeCondition.text)
                else { continue }
                self.collect(fragment.selections, of: type, &groups, &positions, &visited)
            }
        }
    }

    private func isIncluded(_ directives: [DirectiveNode]) -> Bool {
        for node in directives where node.name.text == "skip" || node.name.text == "include" {
            guard let definition = self.schema.directive(node.name.text),
                let arguments = try? Coercion(self.schema, variables: self.variables).arguments(
                    node.arguments, of: definition.arguments, at: node.offset, self.document.source),
                let flag = arguments["if"]?.bool
            else { continue }
            if flag == (node.name.text == "skip") { return false }
        }
        return true
    }

    // MARK: Fields

    private func execute(
        _ fields: [FieldNode], of type: TypeDefinition, _ source: any ObjectSource, at path: [PathElement]
    ) async throws -> GraphQLValue {
        let name = fields[0].name.text
        guard let definition = self.schema.field(name, of: type) else { return .null }
        do {
            let resolved = try await self.resolve(fields[0], definition, of: type, source)
            return try await self.complete(resolved, as: definition.type, fields, at: path)
        } catch is NullPropagation {
            if definition.type.isNonNull { throw NullPropagation() }
            return .null
        } catch {
            self.note(error, fields, at: path)
            if definition.type.isNonNull { throw NullPropagation() }
            return .null
        }
    }

    private func note(_ error: any Error, _ fields: [FieldNode], at path: [PathElement]) {
        var told = (error as? GraphQLError) ?? self.explain(error)
        if told.locations.isEmpty { told.locations = fields.map { self.document.source.location(of: $0.offset) } }
        if told.path.isEmpty { told.path = path }
        self.errors.append(told)
    }

    private func resolve(
        _ field: FieldNode, _ definition: FieldDefinition, of type: TypeDefinition, _ source: any ObjectSource
    ) async throws -> Resolved {
        let arguments = try self.arguments(field, definition)
        switch definition.name {
        case "__typename": return .leaf(.string(type.name))
        case "__schema": return IntrospectedSchema(schema: self.schema).resolved
        case "__type":
            let name = arguments["name"]?.string ?? ""
            return self.schema[name] == nil
                ? .null : IntrospectedType(reference: .named(name), schema: self.schema).resolved
        default:
            if let happened = source as? SubscriptionRoot { return happened.value }
            let map = type.name.hasPrefix("__") ? self.introspection : self.resolvers
            guard let resolver = map.resolver(of: definition.name, in: type.name) else {
                preconditionFailure("every field was checked to have a resolver")
            }
            return try await resolver(source, arguments, self.context)
        }
    }

    private func arguments(_ field: FieldNode, _ definition: FieldDefinition) throws -> GraphQLObject {
        try Coercion(self.schema, variables: self.variables).arguments(
            field.arguments, of: definition.arguments, at: field.offset, self.document.source)
    }

    // MARK: Values

    private func complete(
        _ value: Resolved, as type: TypeReference, _ fields: [FieldNode], at path: [PathElement]
    ) async throws -> GraphQLValue {
        switch type {
        case .nonNull(let inner):
            let completed = try await self.complete(value, as: inner, fields, at: path)
            guard !completed.isNull else {
                throw GraphQLError(
                    "Cannot return null for non-nullable field \(self.place(path)).", code: .internalError)
            }
            return completed
        case .list(let inner):
            if case .null = value { return .null }
            guard case .list(let items) = value else {
                throw GraphQLError("Expected a list for field \(self.place(path)).", code: .internalError)
            }
            return .list(try await self.complete(items, as: inner, fields, at: path))
        case .named(let name): return try await self.complete(value, asNamed: name, fields, at: path)
        }
    }

    private func complete(
        _ items: [Resolved], as type: TypeReference, _ fields: [FieldNode], at path: [PathElement]
    ) async throws -> [GraphQLValue] {
        var values: [GraphQLValue] = []
        values.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            let path = path + [.index(index)]
            do {
                values.append(try await self.complete(item, as: type, fields, at: path))
            } catch is NullPropagation {
                if type.isNonNull { throw NullPropagation() }
                values.append(.null)
            } catch {
                self.note(error, fields, at: path)
                if type.isNonNull { throw NullPropagation() }
                values.append(.null)
            }
        }
        return values
    }

    private func complete(
        _ value: Resolved, asNamed name: String, _ fields: [FieldNode], at path: [PathElement]
    ) async throws -> GraphQLValue {
        guard let type = self.schema[name] else { return .null }
        switch (value, type.kind) {
        case (.null, _): return .null
        case (.leaf(let leaf), .scalar):
            do {
                return try Scalars.output(leaf, as: name)
            } catch {
                throw GraphQLError(error.text, code: .internalError)
            }
        case (.leaf(let leaf), .enumeration(let values)):
            guard let text = leaf.string, values.contains(where: { $0.name == text }) else {
                throw GraphQLError("Enum '\(name)' cannot represent value: \(leaf.printed)", code: .internalError)
            }
            return .string(text)
        case (.object(let source), .object), (.object(let source), .interface), (.object(let source), .union):
            guard self.schema.isSubtype(source.typeName, of: name), let object = self.schema[source.typeName] else {
                throw GraphQLError(
                    "Runtime Object type '\(source.typeName)' is not a possible type for '\(name)'.",
                    code: .internalError)
            }
            return .object(try await self.execute(fields.flatMap(\.selections), of: object, source, at: path))
        default:
            throw GraphQLError("A value of another kind than \(name) for \(self.place(path)).", code: .internalError)
        }
    }

    private func place(_ path: [PathElement]) -> String {
        path.compactMap { if case .key(let key) = $0 { key } else { nil } }.joined(separator: ".")
    }
}

/// What stands behind the subscription type while one response is made: the value of its one field.
struct SubscriptionRoot: ObjectSource {
    static let typeName = "Subscription"
    let value: Resolved
}
