/// Why texts do not make a schema.
public struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence for each problem.
    public var problems: [String]
    public var description: String { self.problems.joined(separator: " ") }
}

extension Schema {
    /// Builds a schema from texts in GraphQL's own language. Types may be extended across texts.
    ///
    /// - Throws: ``SchemaError`` that names every problem.
    public init(_ texts: [String]) throws(SchemaError) {
        var builder = SchemaBuilder()
        var limits = GraphQLLimits()
        limits.tokenCountMax = 10_000_000
        for text in texts + [BuiltInTypes.sdl] {
            do throws(GraphQLError) {
                try builder.add(Parser.parse(text, limits: limits))
            } catch {
                let place = error.locations.first.map { " (line \($0.line), column \($0.column))" } ?? ""
                throw SchemaError(problems: [error.message + place])
            }
        }
        self = try builder.finish()
    }

    /// The object types that `text` defines, in their order. Those that it extends are defined elsewhere.
    public static func objectTypes(definedIn text: String) -> [String] {
        var limits = GraphQLLimits()
        limits.tokenCountMax = 10_000_000
        guard let document = try? Parser.parse(text, limits: limits) else { return [] }
        return document.definitions.compactMap { definition in
            guard case .typeSystem(let node) = definition, case .object = node.kind, !node.isExtension else {
                return nil
            }
            return node.name.text
        }
    }
}

private struct SchemaBuilder {
    private var schema = Schema()
    private var extensions: [TypeSystemDefinition] = []
    private var hasSchemaDefinition = false
    private var problems: [String] = []

    mutating func add(_ document: Document) {
        for definition in document.definitions {
            guard case .typeSystem(let node) = definition else {
                self.problems.append("A schema holds no operations or fragments.")
                continue
            }
            if node.isExtension { self.extensions.append(node) } else { self.define(node) }
        }
    }

    private mutating func define(_ node: TypeSystemDefinition) {
        let name = node.name.text
        switch node.kind {
        case .schema(let operations):
            if self.hasSchemaDefinition { self.problems.append("There can be only one schema definition.") }
            self.hasSchemaDefinition = true
            self.schema.description = node.description
            for (kind, type) in operations { self.schema.roots[kind] = type.text }
        case .directive(let arguments, let isRepeatable, let locations):
            if self.schema.directive(name) != nil { self.problems.append("Directive '@\(name)' is defined twice.") }
            self.schema.directives.append(
                DirectiveDefinition(
                    name: name, description: node.description, arguments: arguments.map(Self.inputValue),
                    isRepeatable: isRepeatable, locations: locations.compactMap { DirectiveLocation(rawValue: $0.text) }
                ))
        case .scalar, .object, .interface, .union, .enumeration, .input:
            if self.schema.types[name] != nil { self.problems.append("There can be only one type named '\(name)'.") }
            self.schema.typeNames.append(name)
            self.schema.types[name] = TypeDefinition(
                name: name, description: node.description, kind: self.kind(of: node))
        }
    }

    private mutating func kind(of node: TypeSystemDefinition) -> TypeDefinition.Kind {
        switch node.kind {
        case .scalar:
            return .scalar(specifiedByURL: Self.string("url", of: "specifiedBy", in: node.directives))
        case .object(let interfaces, let fields): return .object(self.fields(interfaces, fields, node))
        case .interface(let interfaces, let fields): return .interface(self.fields(interfaces, fields, node))
        case .union(let members): return .union(members: members.map(\.text))
        case .enumeration(let values): return .enumeration(values.map(Self.enumValue))
        case .input(let fields):
            let isOneOf = node.directives.contains { $0.name.text == "oneOf" }
            return .input(fields.map(Self.inputValue), isOneOf: isOneOf)
        case .schema, .directive: preconditionFailure("no type")
        }
    }

    private mutating func fields(
        _ interfaces: [Name], _ nodes: [FieldDefinitionNode], _ node: TypeSystemDefinition
    ) -> TypeDefinition.Fields {
        var fields = TypeDefinition.Fields()
        fields.interfaces = interfaces.map(\.text)
        for field in nodes {
            if fields[field.name.text] != nil {
                self.problems.append("Field '\(node.name.text).\(field.name.text)' can only be defined once.")
            }
            fields.append(Self.field(field))
        }
        return fields
    }

    // MARK: Extensions

    private mutating func extend(_ node: TypeSystemDefinition) {
        if case .schema(let operations) = node.kind {
            for (kind, type) in operations { self.schema.roots[kind] = type.text }
            return
        }
        let name = node.name.text
        guard var type = self.schema.types[name] else {
            self.problems.append("Cannot extend type '\(name)' because it is not defined.")
            return
        }
        switch (type.kind, self.kind(of: node)) {
        case (.scalar(let url), .scalar(let newURL)): type.kind = .scalar(specifiedByURL: newURL ?? url)
        case (.object(var fields), .object(let more)):
            self.merge(more, into: &fields, of: name)
            type.kind = .object(fields)
        case (.interface(var fields), .interface(let more)):
            self.merge(more, into: &fields, of: name)
            type.kind = .interface(fields)
        case (.union(let members), .union(let more)): type.kind = .union(members: members + more)
        case (.enumeration(let values), .enumeration(let more)): type.kind = .enumeration(values + more)
        case (.input(let fields, let isOneOf), .input(let more, let isMoreOneOf)):
            type.kind = .input(fields + more, isOneOf: isOneOf || isMoreOneOf)
        default: self.problems.append("Cannot extend '\(name)' as another kind of type.")
        }
        self.schema.types[name] = type
    }

    private mutating func merge(
        _ more: TypeDefinition.Fields, into fields: inout TypeDefinition.Fields, of name: String
    ) {
        fields.interfaces += more.interfaces
        for field in more.list {
            if fields[field.name] != nil {
                self.problems.append("Field '\(name).\(field.name)' already exists in the schema.")
            }
            fields.append(field)
        }
    }

    // MARK: End

    mutating func finish() throws(SchemaError) -> Schema {
        for node in self.extensions { self.extend(node) }
        if !self.hasSchemaDefinition {
            for (kind, name) in [
                (OperationKind.query, "Query"), (.mutation, "Mutation"), (.subscription, "Subscription"),
            ] where self.schema.types[name] != nil { self.schema.roots[kind] = name }
        }
        for name in self.schema.typeNames {
            guard let type = self.schema.types[name] else { continue }
            if case .union(let members) = type.kind { self.schema.possibleTypes[name] = members }
            guard case .object(let fields) = type.kind else { continue }
            for interface in fields.interfaces { self.schema.possibleTypes[interface, default: []].append(name) }
        }
        self.problems += SchemaRules(self.schema).problems
        guard self.problems.isEmpty else { throw SchemaError(problems: self.problems) }
        return self.schema
    }

    // MARK: Nodes

    private static func field(_ node: FieldDefinitionNode) -> FieldDefinition {
        FieldDefinition(
            name: node.name.text, description: node.description, arguments: node.arguments.map(Self.inputValue),
            type: node.type.reference, deprecationReason: Self.deprecation(in: node.directives))
    }

    private static func inputValue(_ node: InputValueNode) -> InputValueDefinition {
        InputValueDefinition(
            name: node.name.text, description: node.description, type: node.type.reference,
            defaultValue: node.defaultValue, deprecationReason: Self.deprecation(in: node.directives))
    }

    private static func enumValue(_ node: EnumValueNode) -> EnumValueDefinition {
        EnumValueDefinition(
            name: node.name.text, description: node.description,
            deprecationReason: Self.deprecation(in: node.directives))
    }

    private static func deprecation(in directives: [DirectiveNode]) -> String? {
        guard directives.contains(where: { $0.name.text == "deprecated" }) else { return nil }
        return self.string("reason", of: "deprecated", in: directives) ?? "No longer supported"
    }

    private static func string(_ argument: String, of directive: String, in directives: [DirectiveNode]) -> String? {
        let node = directives.first { $0.name.text == directive }
        guard case .string(let text)? = node?.arguments.first(where: { $0.name.text == argument })?.value.kind else {
            return nil
        }
        return text
    }
}
