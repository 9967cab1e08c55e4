/// The sources and resolvers of introspection (GraphQL §4).
enum Introspection {
    static func resolvers<Context: Sendable>() -> ResolverMap<Context> {
        var map = ResolverMap<Context>()
        self.defineSchema(&map)
        self.defineTypes(&map)
        self.defineMembers(&map)
        return map
    }

    private static func defineSchema<Context: Sendable>(_ map: inout ResolverMap<Context>) {
        map.type(IntrospectedSchema.self) { field in
            field("description") { source, _, _ in source.schema.description }
            field("types") { source, _, _ in source.schema.typeNames.map(source.type) }
            field("queryType") { source, _, _ in source.schema.roots[.query].map(source.type) }
            field("mutationType") { source, _, _ in source.schema.roots[.mutation].map(source.type) }
            field("subscriptionType") { source, _, _ in source.schema.roots[.subscription].map(source.type) }
            field("directives") { source, _, _ in
                source.schema.directives.map { IntrospectedDirective(directive: $0, schema: source.schema) }
            }
        }
        map.type(IntrospectedDirective.self) { field in
            field("name") { source, _, _ in source.directive.name }
            field("description") { source, _, _ in source.directive.description }
            field("isRepeatable") { source, _, _ in source.directive.isRepeatable }
            field("locations") { source, _, _ in source.directive.locations.map(\.rawValue) }
            field("args") { source, arguments, _ in
                IntrospectedInput.list(source.directive.arguments, source.schema, arguments)
            }
        }
    }

    private static func defineTypes<Context: Sendable>(_ map: inout ResolverMap<Context>) {
        map.type(IntrospectedType.self) { field in
            field("kind") { source, _, _ in source.kind }
            field("name") { source, _, _ in source.definition?.name }
            field("description") { source, _, _ in source.definition?.description }
            field("specifiedByURL") { source, _, _ in
                if case .scalar(let url)? = source.definition?.kind { url } else { nil as String? }
            }
            field("fields") { source, arguments, _ in
                source.definition?.fields?.list
                    .filter { arguments.includesDeprecated || $0.deprecationReason == nil }
                    .map { IntrospectedField(field: $0, schema: source.schema) }
            }
            field("interfaces") { source, _, _ in source.definition?.fields?.interfaces.map(source.named) }
            field("possibleTypes") { source, _, _ in source.possibleTypes }
            field("enumValues") { source, arguments, _ in source.enumValues(arguments.includesDeprecated) }
            field("inputFields") { source, arguments, _ in
                source.definition?.inputFields.map { IntrospectedInput.list($0, source.schema, arguments) }
            }
            field("ofType") { source, _, _ in source.inner }
            field("isOneOf") { source, _, _ in
                if case .input(_, let isOneOf)? = source.definition?.kind { isOneOf } else { nil as Bool? }
            }
        }
    }

    private static func defineMembers<Context: Sendable>(_ map: inout ResolverMap<Context>) {
        map.type(IntrospectedField.self) { field in
            field("name") { source, _, _ in source.field.name }
            field("description") { source, _, _ in source.field.description }
            field("args") { source, arguments, _ in
                IntrospectedInput.list(source.field.arguments, source.schema, arguments)
            }
            field("type") { source, _, _ in IntrospectedType(reference: source.field.type, schema: source.schema) }
            field("isDeprecated") { source, _, _ in source.field.deprecationReason != nil }
            field("deprecationReason") { source, _, _ in source.field.deprecationReason }
        }
        map.type(IntrospectedInput.self) { field in
            field("name") { source, _, _ in source.input.name }
            field("description") { source, _, _ in source.input.description }
            field("type") { source, _, _ in IntrospectedType(reference: source.input.type, schema: source.schema) }
            field("defaultValue") { source, _, _ in source.input.defaultValue?.printed }
            field("isDeprecated") { source, _, _ in source.input.deprecationReason != nil }
            field("deprecationReason") { source, _, _ in source.input.deprecationReason }
        }
        map.type(IntrospectedEnumValue.self) { field in
            field("name") { source, _, _ in source.value.name }
            field("description") { source, _, _ in source.value.description }
            field("isDeprecated") { source, _, _ in source.value.deprecationReason != nil }
            field("deprecationReason") { source, _, _ in source.value.deprecationReason }
        }
    }
}

extension GraphQLObject {
    fileprivate var includesDeprecated: Bool { self["includeDeprecated"]?.bool ?? false }
}

struct IntrospectedSchema: ObjectSource {
    static let typeName = "__Schema"
    var schema: Schema

    func type(_ name: String) -> IntrospectedType { IntrospectedType(reference: .named(name), schema: self.schema) }
}

struct IntrospectedType: ObjectSource {
    static let typeName = "__Type"
    var reference: TypeReference
    var schema: Schema

    /// `nil` for lists and bangs.
    var definition: TypeDefinition? { if case .named(let name) = self.reference { self.schema[name] } else { nil } }

    var inner: IntrospectedType? {
        switch self.reference {
        case .named: nil
        case .list(let inner), .nonNull(let inner): IntrospectedType(reference: inner, schema: self.schema)
        }
    }

    var kind: String {
        switch self.reference {
        case .list: return "LIST"
        case .nonNull: return "NON_NULL"
        case .named: break
        }
        switch self.definition?.kind {
        case .scalar, nil: return "SCALAR"
        case .object: return "OBJECT"
        case .interface: return "INTERFACE"
        case .union: return "UNION"
        case .enumeration: return "ENUM"
        case .input: return "INPUT_OBJECT"
        }
    }

    func named(_ name: String) -> IntrospectedType { IntrospectedType(reference: .named(name), schema: self.schema) }

    var possibleTypes: [IntrospectedType]? {
        switch self.definition?.kind {
        case .interface, .union: self.schema.possibleTypes(of: self.reference.namedType).map(self.named)
        case .scalar, .object, .enumeration, .input, nil: nil
        }
    }

    func enumValues(_ includesDeprecated: Bool) -> [IntrospectedEnumValue]? {
        guard case .enumeration(let values)? = self.definition?.kind else { return nil }
        return values.filter { includesDeprecated || $0.deprecationReason == nil }.map(IntrospectedEnumValue.init)
    }
}

struct IntrospectedField: ObjectSource {
    static let typeName = "__Field"
    var field: FieldDefinition
    var schema: Schema
}

struct IntrospectedInput: ObjectSource {
    static let typeName = "__InputValue"
    var input: InputValueDefinition
    var schema: Schema

    static func list(
        _ inputs: [InputValueDefinition], _ schema: Schema, _ arguments: GraphQLObject
    ) -> [IntrospectedInput] {
        inputs.filter { arguments.includesDeprecated || $0.deprecationReason == nil }
            .map { IntrospectedInput(input: $0, schema: schema) }
    }
}

struct IntrospectedEnumValue: ObjectSource {
    static let typeName = "__EnumValue"
    var value: EnumValueDefinition
}

struct IntrospectedDirective: ObjectSource {
    static let typeName = "__Directive"
    var directive: DirectiveDefinition
    var schema: Schema
}
