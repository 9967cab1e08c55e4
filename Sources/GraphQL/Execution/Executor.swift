/// Runs one operation (GraphQL §6). Belongs to one request.
///
/// A field is found out of all objects of a list before the next field: so one resolver can answer for all of them.
///
/// It does not know what resolvers are given: as a generic type it would be worked out anew for each field.
final class Executor {
    /// Finds out one field of all sources, which are of one type.
    typealias Resolution = (
        _ field: String, _ type: String, _ sources: [any ObjectSource], _ arguments: GraphQLObject
    ) async throws -> [Result<Resolved, any Error>]

    private typealias Group = (key: String, fields: [FieldNode])

    /// An object whose fields are to be found out.
    struct Parent {
        let source: any ObjectSource
        let path: ResponsePath?
    }

    /// The value of a field or of an item before it is completed. A failure was noted.
    struct Slot {
        let value: Resolved
        let path: ResponsePath
    }

    let schema: Schema
    private let document: Document
    private let fragments: [String: FragmentDefinition]
    private let variables: [String: GraphQLValue]
    private let explain: @Sendable (any Error) -> GraphQLError
    private let resolution: Resolution
    var noted = NotedErrors()

    init(
        _ schema: Schema, _ document: Document, variables: [String: GraphQLValue],
        explain: @escaping @Sendable (any Error) -> GraphQLError, resolution: @escaping Resolution
    ) {
        self.schema = schema
        self.document = document
        self.fragments = Dictionary(
            document.fragments.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
        self.variables = variables
        self.explain = explain
        self.resolution = resolution
    }

    /// What went wrong, in the order of the answer.
    var errors: [GraphQLError] { self.noted.inOrder }

    /// The answer's `data`. Fields of a mutation run one after the other; so do all others.
    func run(_ operation: OperationDefinition, root: any ObjectSource) async -> GraphQLValue {
        guard let type = self.schema.rootType(operation.kind) else { return .null }
        let objects = await self.execute(operation.selections, of: type, [Parent(source: root, path: nil)])
        return objects[0].map { .object($0) } ?? .null
    }

    /// Begins to listen for what the one field of a subscription tells of.
    func subscribe<Context: Sendable>(
        _ operation: OperationDefinition, _ resolvers: ResolverMap<Context>, _ context: Context
    ) async -> Occurrences<Context>? {
        guard let type = self.schema.rootType(.subscription),
            let group = self.groups(operation.selections, of: type).first,
            let definition = self.schema.field(group.fields[0].name.text, of: type)
        else { return nil }
        guard let subscriber = resolvers.subscriber(of: definition.name, in: type.name) else {
            preconditionFailure("every field was checked to have a subscriber")
        }
        do {
            return try await subscriber(try self.arguments(group.fields[0], definition), context)
        } catch {
            self.note(error, group.fields, at: ResponsePath(.key(group.key), rank: 0, below: nil))
            return nil
        }
    }

    // MARK: Selections

    /// - Returns: for each parent its object; `nil` where a field that must not be null is.
    func execute(
        _ selections: [Selection], of type: TypeDefinition, _ parents: [Parent]
    ) async -> [GraphQLObject?] {
        var objects = [GraphQLObject?](repeating: GraphQLObject(), count: parents.count)
        for (rank, group) in self.groups(selections, of: type).enumerated() {
            let left = objects.indices.filter { objects[$0] != nil }
            let values = await self.execute(group, rank: rank, of: type, left.map { parents[$0] })
            for (place, value) in zip(left, values) {
                if let value { objects[place]?[group.key] = value } else { objects[place] = nil }
            }
        }
        return objects
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

    /// - Returns: for each parent the field's value; `nil` where it must not be null and is.
    private func execute(
        _ group: Group, rank: Int, of type: TypeDefinition, _ parents: [Parent]
    ) async -> [GraphQLValue?] {
        guard let definition = self.schema.field(group.fields[0].name.text, of: type) else {
            return parents.map { _ in .null }
        }
        let paths = parents.map { ResponsePath(.key(group.key), rank: rank, below: $0.path) }
        let resolved = await self.resolve(group.fields[0], definition, of: type, parents.map(\.source))
        var slots: [Slot] = []
        slots.reserveCapacity(parents.count)
        for (result, path) in zip(resolved, paths) {
            switch result {
            case .success(let value): slots.append(Slot(value: value, path: path))
            case .failure(let error): self.note(error, group.fields, at: path)
            }
        }
        var completed = (await self.complete(slots, as: definition.type, group.fields)).makeIterator()
        return resolved.map { result in
            let value: GraphQLValue? = if case .success = result { completed.next() ?? nil } else { nil }
            return value ?? (definition.type.isNonNull ? nil : .null)
        }
    }

    func note(_ error: any Error, _ fields: [FieldNode], at path: ResponsePath) {
        var told = (error as? GraphQLError) ?? self.explain(error)
        if told.locations.isEmpty { told.locations = fields.map { self.document.source.location(of: $0.offset) } }
        if told.path.isEmpty { told.path = path.elements }
        self.noted.append(told, at: path)
    }

    /// - Returns: for each source what the field is of it.
    private func resolve(
        _ field: FieldNode, _ definition: FieldDefinition, of type: TypeDefinition, _ sources: [any ObjectSource]
    ) async -> [Result<Resolved, any Error>] {
        do {
            let arguments = try self.arguments(field, definition)
            switch definition.name {
            case "__typename": return sources.map { _ in .success(.leaf(.string(type.name))) }
            case "__schema": return sources.map { _ in .success(IntrospectedSchema(schema: self.schema).resolved) }
            case "__type":
                let name = arguments["name"]?.string ?? ""
                let found = self.schema[name].map { _ in
                    IntrospectedType(reference: .named(name), schema: self.schema).resolved
                }
                return sources.map { _ in .success(found ?? .null) }
            default:
                if let happened = sources.first as? SubscriptionRoot { return [.success(happened.value)] }
                return try await self.resolution(definition.name, type.name, sources, arguments)
            }
        } catch {
            return sources.map { _ in .failure(error) }
        }
    }

    private func arguments(_ field: FieldNode, _ definition: FieldDefinition) throws -> GraphQLObject {
        try Coercion(self.schema, variables: self.variables).arguments(
            field.arguments, of: definition.arguments, at: field.offset, self.document.source)
    }
}

/// What stands behind the subscription type while one response is made: the value of its one field.
struct SubscriptionRoot: ObjectSource {
    static let typeName = "Subscription"
    let value: Resolved
}
