/// Checks and converts the values that a request gives for an operation's variables (GraphQL §6.1.2).
struct Variables {
    private let schema: Schema
    private let source: Source
    private(set) var errors: [GraphQLError] = []
    private(set) var values: [String: GraphQLValue] = [:]

    init(_ operation: OperationDefinition, _ given: GraphQLObject, _ schema: Schema, _ source: Source) {
        self.schema = schema
        self.source = source
        for definition in operation.variables { self.coerce(definition, given[definition.name.text]) }
    }

    private mutating func coerce(_ definition: VariableDefinition, _ given: GraphQLValue?) {
        let name = definition.name.text
        let type = definition.type.reference
        guard let given else {
            if let node = definition.defaultValue {
                self.values[name] = Coercion(self.schema).constant(node, as: type)
            } else if type.isNonNull {
                self.report("Variable '$\(name)' of required type '\(type)' was not provided.", definition)
            }
            return
        }
        if given.isNull, type.isNonNull {
            self.report("Variable '$\(name)' of non-null type '\(type)' must not be null.", definition)
            return
        }
        var path: [PathElement] = []
        let countBefore = self.errors.count
        let value = self.coerce(given, type, definition, given, &path)
        if self.errors.count == countBefore { self.values[name] = value }
    }

    private mutating func report(_ message: String, _ definition: VariableDefinition) {
        self.errors.append(
            GraphQLError(
                message, code: .badUserInput, locations: [self.source.location(of: definition.offset)]))
    }

    private mutating func invalid(
        _ reason: String, _ definition: VariableDefinition, _ value: GraphQLValue, _ path: [PathElement]
    ) {
        let name = definition.name.text
        let place = path.isEmpty ? "" : " at '\(name)\(path.map(\.suffix).joined())'"
        self.report("Variable '$\(name)' got invalid value \(value.printed)\(place); \(reason)", definition)
    }

    private mutating func coerce(
        _ value: GraphQLValue, _ type: TypeReference, _ definition: VariableDefinition, _ whole: GraphQLValue,
        _ path: inout [PathElement]
    ) -> GraphQLValue {
        switch type {
        case .nonNull(let inner):
            guard !value.isNull else {
                self.invalid("Expected non-nullable type '\(type)' not to be None.", definition, value, path)
                return .null
            }
            return self.coerce(value, inner, definition, whole, &path)
        case .list(let inner):
            if value.isNull { return .null }
            guard case .list(let items) = value else {
                return .list([self.coerce(value, inner, definition, whole, &path)])
            }
            var coerced: [GraphQLValue] = []
            for (index, item) in items.enumerated() {
                path.append(.index(index))
                coerced.append(self.coerce(item, inner, definition, whole, &path))
                path.removeLast()
            }
            return .list(coerced)
        case .named(let name):
            if value.isNull { return .null }
            guard let type = self.schema[name] else { return .null }
            return self.coerce(value, type, definition, whole, &path)
        }
    }

    private mutating func coerce(
        _ value: GraphQLValue, _ type: TypeDefinition, _ definition: VariableDefinition, _ whole: GraphQLValue,
        _ path: inout [PathElement]
    ) -> GraphQLValue {
        switch type.kind {
        case .scalar:
            switch Scalars.input(value, as: type.name) {
            case .success(let coerced): return coerced
            case .failure(let problem):
                self.invalid(problem.text, definition, value, path)
                return .null
            }
        case .enumeration(let values):
            guard case .string(let name) = value else {
                self.invalid(
                    "Enum '\(type.name)' cannot represent non-string value: \(value.printed)."
                        + Suggestions.phrase(value.printed, among: values.map(\.name), after: "the enum value"),
                    definition, value, path)
                return .null
            }
            guard values.contains(where: { $0.name == name }) else {
                self.invalid(
                    "Value '\(name)' does not exist in '\(type.name)' enum."
                        + Suggestions.phrase(name, among: values.map(\.name), after: "the enum value"),
                    definition, value, path)
                return .null
            }
            return .enumeration(name)
        case .input(let fields, let isOneOf):
            return self.coerce(value, type.name, fields, isOneOf, definition, whole, &path)
        case .object, .interface, .union: return .null
        }
    }

    private mutating func coerce(
        _ value: GraphQLValue, _ typeName: String, _ fields: [InputValueDefinition], _ isOneOf: Bool,
        _ definition: VariableDefinition, _ whole: GraphQLValue, _ path: inout [PathElement]
    ) -> GraphQLValue {
        guard case .object(let given) = value else {
            self.invalid("Expected type '\(typeName)' to be a mapping.", definition, value, path)
            return .null
        }
        var object = GraphQLObject()
        for field in fields {
            guard let item = given[field.name] else {
                if let node = field.defaultValue {
                    object[field.name] = Coercion(self.schema).constant(node, as: field.type)
                } else if field.type.isNonNull {
                    self.invalid(
                        "Field '\(field.name)' of required type '\(field.type)' was not provided.", definition, value,
                        path)
                }
                continue
            }
            path.append(.key(field.name))
            object[field.name] = self.coerce(item, field.type, definition, whole, &path)
            path.removeLast()
        }
        for key in given.keys where !fields.contains(where: { $0.name == key }) {
            self.invalid(
                "Field '\(key)' is not defined by type '\(typeName)'."
                    + Suggestions.phrase(key, among: fields.map(\.name)), definition, value, path)
        }
        if isOneOf, object.count != 1 || object.pairs[0].value.isNull {
            self.invalid("Exactly one key must be specified for OneOf type '\(typeName)'.", definition, value, path)
        }
        return .object(object)
    }
}

extension PathElement {
    /// The step as errors write it behind a name.
    fileprivate var suffix: String {
        switch self {
        case .key(let key): ".\(key)"
        case .index(let index): "[\(index)]"
        }
    }
}

extension GraphQLValue {
    /// The value as errors show it.
    var printed: String {
        switch self {
        case .null: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text), .enumeration(let text): "'\(text)'"
        case .json(let text): String(decoding: text, as: UTF8.self)
        case .list(let items): "[\(items.prefix(10).map(\.printed).joined(separator: ", "))]"
        case .object(let object):
            "{\(object.pairs.prefix(10).map { "'\($0.key)': \($0.value.printed)" }.joined(separator: ", "))}"
        }
    }
}
