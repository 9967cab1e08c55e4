/// A parsed document (GraphQL §2.2). Offsets count bytes from the start of its text.
public struct Document: Sendable {
    public var definitions: [Definition]
    public var source: Source
    /// Directives in the whole document.
    var directiveCount = 0

    var operations: [OperationDefinition] {
        self.definitions.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
    }

    var fragments: [FragmentDefinition] {
        self.definitions.compactMap { if case .fragment(let fragment) = $0 { fragment } else { nil } }
    }
}

public enum Definition: Sendable {
    case operation(OperationDefinition)
    case fragment(FragmentDefinition)
    case typeSystem(TypeSystemDefinition)
}

public struct Name: Hashable, Sendable {
    public var text: String
    public var offset: Int
}

public enum OperationKind: String, Sendable {
    case query
    case mutation
    case subscription
}

public struct OperationDefinition: Sendable {
    public var kind: OperationKind
    public var name: Name?
    public var variables: [VariableDefinition]
    public var directives: [DirectiveNode]
    public var selections: [Selection]
    public var offset: Int
}

public struct VariableDefinition: Sendable {
    public var name: Name
    public var type: TypeNode
    public var defaultValue: ValueNode?
    public var directives: [DirectiveNode]
    public var offset: Int
}

public struct FragmentDefinition: Sendable {
    public var name: Name
    public var typeCondition: Name
    public var directives: [DirectiveNode]
    public var selections: [Selection]
    public var offset: Int
}

public enum Selection: Sendable {
    case field(FieldNode)
    case spread(FragmentSpreadNode)
    case inline(InlineFragmentNode)
}

public struct FieldNode: Sendable {
    public var alias: Name?
    public var name: Name
    public var arguments: [ArgumentNode]
    public var directives: [DirectiveNode]
    public var selections: [Selection]
    public var offset: Int

    /// The key of the field in the answer.
    public var responseKey: String { self.alias?.text ?? self.name.text }
}

public struct FragmentSpreadNode: Sendable {
    public var name: Name
    public var directives: [DirectiveNode]
    public var offset: Int
}

public struct InlineFragmentNode: Sendable {
    public var typeCondition: Name?
    public var directives: [DirectiveNode]
    public var selections: [Selection]
    public var offset: Int
}

public struct ArgumentNode: Sendable {
    public var name: Name
    public var value: ValueNode
    public var offset: Int
}

public struct DirectiveNode: Sendable {
    public var name: Name
    public var arguments: [ArgumentNode]
    public var offset: Int
}

public struct ValueNode: Sendable {
    public indirect enum Kind: Sendable {
        case variable(String)
        case int(String)
        case float(String)
        case string(String)
        case boolean(Bool)
        case null
        case enumeration(String)
        case list([ValueNode])
        case object([ArgumentNode])
    }

    public var kind: Kind
    public var offset: Int
}

public indirect enum TypeNode: Sendable {
    case named(Name)
    case list(TypeNode, offset: Int)
    case nonNull(TypeNode, offset: Int)

    /// The name without lists and bangs.
    public var namedType: Name {
        switch self {
        case .named(let name): name
        case .list(let inner, _), .nonNull(let inner, _): inner.namedType
        }
    }

    public var reference: TypeReference {
        switch self {
        case .named(let name): .named(name.text)
        case .list(let inner, _): .list(inner.reference)
        case .nonNull(let inner, _): .nonNull(inner.reference)
        }
    }
}

// MARK: Type system

public struct TypeSystemDefinition: Sendable {
    public enum Kind: Sendable {
        case schema(operations: [(OperationKind, Name)])
        case scalar
        case object(interfaces: [Name], fields: [FieldDefinitionNode])
        case interface(interfaces: [Name], fields: [FieldDefinitionNode])
        case union(members: [Name])
        case enumeration(values: [EnumValueNode])
        case input(fields: [InputValueNode])
        case directive(arguments: [InputValueNode], isRepeatable: Bool, locations: [Name])
    }

    public var kind: Kind
    /// Empty for a schema.
    public var name: Name
    public var description: String?
    public var directives: [DirectiveNode]
    public var isExtension: Bool
    public var offset: Int
}

public struct FieldDefinitionNode: Sendable {
    public var description: String?
    public var name: Name
    public var arguments: [InputValueNode]
    public var type: TypeNode
    public var directives: [DirectiveNode]
}

public struct InputValueNode: Sendable {
    public var description: String?
    public var name: Name
    public var type: TypeNode
    public var defaultValue: ValueNode?
    public var directives: [DirectiveNode]
}

public struct EnumValueNode: Sendable {
    public var description: String?
    public var name: Name
    public var directives: [DirectiveNode]
}
