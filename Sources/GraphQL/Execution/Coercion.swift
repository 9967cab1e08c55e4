/// Turns what clients write into what resolvers expect (GraphQL §3, "Input Coercion", and §6.4.1).
struct Coercion {
    private let schema: Schema
    private let variables: [String: GraphQLValue]

    init(_ schema: Schema, variables: [String: GraphQLValue] = [:]) {
        self.schema = schema
        self.variables = variables
    }

    // MARK: Literals

    /// A literal without variables; `nil` when it is not of the type.
    func constant(_ node: ValueNode, as type: TypeReference) -> GraphQLValue? { self.literal(node, as: type) }

    /// A literal of a validated document. `nil` when a variable in it has no value and the type demands one.
    func literal(_ node: ValueNode, as type: TypeReference) -> GraphQLValue? {
        if case .variable(let name) = node.kind {
            let value = self.variables[name]
            return value == nil || (value?.isNull ?? false && type.isNonNull) ? nil : value
        }
        switch type {
        case .nonNull(let inner):
            if case .null = node.kind { return nil }
            return self.literal(node, as: inner)
        case .list(let inner):
            if case .null = node.kind { return .null }
            guard case .list(let nodes) = node.kind else { return self.literal(node, as: inner).map { .list([$0]) } }
            return self.list(nodes, of: inner)
        case .named(let name):
            if case .null = node.kind { return .null }
            return self.schema[name].flatMap { self.literal(node, as: $0) }
        }
    }

    private func list(_ nodes: [ValueNode], of type: TypeReference) -> GraphQLValue? {
        var items: [GraphQLValue] = []
        for node in nodes {
            if case .variable(let name) = node.kind, self.variables[name] == nil {
                guard !type.isNonNull else { return nil }
                items.append(.null)
            } else {
                guard let item = self.literal(node, as: type) else { return nil }
                items.append(item)
            }
        }
        return .list(items)
    }

    private func literal(_ node: ValueNode, as type: TypeDefinition) -> GraphQLValue? {
        switch type.kind {
        case .scalar: return Scalars.literal(node, as: type.name, variables: self.variables)
        case .enumeration(let values):
            guard case .enumeration(let name) = node.kind, values.contains(where: { $0.name == name }) else {
                return nil
            }
            return .enumeration(name)
        case .input(let fields, let isOneOf):
            guard case .object(let nodes) = node.kind else { return nil }
            return self.object(nodes, fields, isOneOf)
        case .object, .interface, .union: return nil
        }
    }

    private func object(
        _ nodes: [ArgumentNode], _ fields: [InputValueDefinition], _ isOneOf: Bool
    ) -> GraphQLValue? {
        guard nodes.allSatisfy({ node in fields.contains { $0.name == node.name.text } }) else { return nil }
        var object = GraphQLObject()
        for field in fields {
            let node = nodes.first { $0.name.text == field.name }?.value
            guard let node, !self.isAbsentVariable(node) else {
                if let defaultValue = field.defaultValue {
                    object[field.name] = self.constant(defaultValue, as: field.type)
                } else if field.type.isNonNull {
                    return nil
                }
                continue
            }
            guard let value = self.literal(node, as: field.type) else { return nil }
            object[field.name] = value
        }
        if isOneOf, object.count != 1 || object.pairs[0].value.isNull { return nil }
        return .object(object)
    }

    private func isAbsentVariable(_ node: ValueNode) -> Bool {
        if case .variable(let name) = node.kind { self.variables[name] == nil } else { false }
    }

    // MARK: Arguments

    /// The arguments of a field or directive, by name; those that have no value are left out.
    ///
    /// - Throws: an error at the argument that a variable leaves without its value.
    func arguments(
        _ nodes: [ArgumentNode], of definitions: [InputValueDefinition], at place: Int, _ source: Source
    ) throws(GraphQLError) -> GraphQLObject {
        var arguments = GraphQLObject()
        for definition in definitions {
            let node = nodes.first { $0.name.text == definition.name }
            guard let node, !self.isAbsentVariable(node.value) else {
                if let defaultValue = definition.defaultValue {
                    arguments[definition.name] = self.constant(defaultValue, as: definition.type)
                } else if definition.type.isNonNull {
                    throw Self.missing(definition, node, at: place, source)
                }
                continue
            }
            guard let value = self.literal(node.value, as: definition.type) else {
                throw GraphQLError(
                    "Argument '\(definition.name)' of type '\(definition.type)' has an invalid value.",
                    code: .badUserInput, locations: [source.location(of: node.value.offset)])
            }
            arguments[definition.name] = value
        }
        return arguments
    }

    private static func missing(
        _ definition: InputValueDefinition, _ node: ArgumentNode?, at place: Int, _ source: Source
    ) -> GraphQLError {
        if let node, case .variable(let name) = node.value.kind {
            return GraphQLError(
                "Argument '\(definition.name)' of required type '\(definition.type)' was provided the variable '$\(name)' "
                    + "which was not provided a runtime value.",
                code: .badUserInput, locations: [source.location(of: node.value.offset)])
        }
        return GraphQLError(
            "Argument '\(definition.name)' of required type '\(definition.type)' was not provided.",
            code: .badUserInput, locations: [source.location(of: place)])
    }
}
