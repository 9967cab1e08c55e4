/// A type with its lists and bangs (GraphQL §3.11, §3.12).
public indirect enum TypeReference: Hashable, Sendable, CustomStringConvertible {
    case named(String)
    case list(TypeReference)
    case nonNull(TypeReference)

    public var description: String {
        switch self {
        case .named(let name): name
        case .list(let inner): "[\(inner)]"
        case .nonNull(let inner): "\(inner)!"
        }
    }

    /// The name without lists and bangs.
    public var namedType: String {
        switch self {
        case .named(let name): name
        case .list(let inner), .nonNull(let inner): inner.namedType
        }
    }

    var isNonNull: Bool { if case .nonNull = self { true } else { false } }

    /// The type without its own bang.
    var nullable: TypeReference { if case .nonNull(let inner) = self { inner } else { self } }
}

public struct InputValueDefinition: Sendable {
    public var name: String
    public var description: String?
    public var type: TypeReference
    public var defaultValue: ValueNode?
    public var deprecationReason: String?

    var isRequired: Bool { self.type.isNonNull && self.defaultValue == nil }
}

public struct FieldDefinition: Sendable {
    public var name: String
    public var description: String?
    public var arguments: [InputValueDefinition]
    public var type: TypeReference
    public var deprecationReason: String?

    func argument(_ name: String) -> InputValueDefinition? { self.arguments.first { $0.name == name } }
}

public struct EnumValueDefinition: Sendable {
    public var name: String
    public var description: String?
    public var deprecationReason: String?
}

/// A named type of a schema.
public struct TypeDefinition: Sendable {
    public enum Kind: Sendable {
        case scalar(specifiedByURL: String?)
        case object(Fields)
        case interface(Fields)
        case union(members: [String])
        case enumeration([EnumValueDefinition])
        case input([InputValueDefinition], isOneOf: Bool)
    }

    /// What objects and interfaces have in common.
    public struct Fields: Sendable {
        public var interfaces: [String] = []
        /// In the order of the schema.
        public var list: [FieldDefinition] = []
        private var positions: [String: Int] = [:]

        mutating func append(_ field: FieldDefinition) {
            self.positions[field.name] = self.list.count
            self.list.append(field)
        }

        public subscript(name: String) -> FieldDefinition? { self.positions[name].map { self.list[$0] } }
    }

    public var name: String
    public var description: String?
    public var kind: Kind

    /// Of an object or an interface.
    public var fields: Fields? {
        switch self.kind {
        case .object(let fields), .interface(let fields): fields
        case .scalar, .union, .enumeration, .input: nil
        }
    }

    var inputFields: [InputValueDefinition]? { if case .input(let fields, _) = self.kind { fields } else { nil } }
    var isObject: Bool { if case .object = self.kind { true } else { false } }

    var isComposite: Bool {
        switch self.kind {
        case .object, .interface, .union: true
        case .scalar, .enumeration, .input: false
        }
    }

    var isInput: Bool {
        switch self.kind {
        case .scalar, .enumeration, .input: true
        case .object, .interface, .union: false
        }
    }
}

/// Where a directive may stand (GraphQL §3.13).
public enum DirectiveLocation: String, Sendable, CaseIterable {
    case query = "QUERY"
    case mutation = "MUTATION"
    case subscription = "SUBSCRIPTION"
    case field = "FIELD"
    case fragmentDefinition = "FRAGMENT_DEFINITION"
    case fragmentSpread = "FRAGMENT_SPREAD"
    case inlineFragment = "INLINE_FRAGMENT"
    case variableDefinition = "VARIABLE_DEFINITION"
    case schema = "SCHEMA"
    case scalar = "SCALAR"
    case object = "OBJECT"
    case fieldDefinition = "FIELD_DEFINITION"
    case argumentDefinition = "ARGUMENT_DEFINITION"
    case interface = "INTERFACE"
    case union = "UNION"
    case enumeration = "ENUM"
    case enumValue = "ENUM_VALUE"
    case inputObject = "INPUT_OBJECT"
    case inputFieldDefinition = "INPUT_FIELD_DEFINITION"

    /// The words that errors use.
    var words: String { self.rawValue.lowercased().replacing("_", with: " ") }
}

public struct DirectiveDefinition: Sendable {
    public var name: String
    public var description: String?
    public var arguments: [InputValueDefinition]
    public var isRepeatable: Bool
    public var locations: [DirectiveLocation]
}

/// A whole type system, checked to be one.
public struct Schema: Sendable {
    public internal(set) var description: String?
    /// In the order of the texts that it was built from, introspection's own types last.
    public internal(set) var typeNames: [String] = []
    public internal(set) var types: [String: TypeDefinition] = [:]
    public internal(set) var directives: [DirectiveDefinition] = []
    public internal(set) var roots: [OperationKind: String] = [:]
    /// The objects that an interface or union may stand for, in order.
    var possibleTypes: [String: [String]] = [:]

    public subscript(name: String) -> TypeDefinition? { self.types[name] }

    public func directive(_ name: String) -> DirectiveDefinition? { self.directives.first { $0.name == name } }

    func rootType(_ kind: OperationKind) -> TypeDefinition? { self.roots[kind].flatMap { self.types[$0] } }

    /// The objects that a composite type may stand for.
    func possibleTypes(of name: String) -> [String] {
        self.types[name]?.isObject ?? false ? [name] : self.possibleTypes[name] ?? []
    }

    /// Whether objects of `sub` are always `super`.
    func isSubtype(_ sub: String, of super: String) -> Bool {
        sub == `super` || self.possibleTypes[`super`]?.contains(sub) ?? false
            || self.types[sub]?.fields?.interfaces.contains(`super`) ?? false
    }

    /// The definition of a field, introspection's own included.
    func field(_ name: String, of type: TypeDefinition) -> FieldDefinition? {
        switch name {
        case "__typename" where type.isComposite: Self.typenameField
        case "__schema" where self.roots[.query] == type.name: Self.schemaField
        case "__type" where self.roots[.query] == type.name: Self.typeField
        default: type.fields?[name]
        }
    }

    private static let typenameField = FieldDefinition(
        name: "__typename", arguments: [], type: .nonNull(.named("String")))
    private static let schemaField = FieldDefinition(
        name: "__schema", arguments: [], type: .nonNull(.named("__Schema")))
    private static let typeField = FieldDefinition(
        name: "__type", arguments: [InputValueDefinition(name: "name", type: .nonNull(.named("String")))],
        type: .named("__Type"))
}
