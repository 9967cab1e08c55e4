/// Finds what is wrong with a schema as a whole (GraphQL §3, "Type Validation").
struct SchemaRules {
    private let schema: Schema
    private(set) var problems: [String] = []

    init(_ schema: Schema) {
        self.schema = schema
        self.checkRoots()
        for name in schema.typeNames { if let type = schema.types[name] { self.check(type) } }
        for directive in schema.directives { self.checkInputs(directive.arguments, of: "@\(directive.name)") }
        for name in schema.typeNames { self.checkInputCycles(from: name) }
    }

    private mutating func report(_ problem: String) { self.problems.append(problem) }

    private mutating func checkRoots() {
        if self.schema.roots[.query] == nil { self.report("Query root type must be provided.") }
        for (kind, name) in self.schema.roots.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where !(self.schema.types[name]?.isObject ?? false) {
            self.report("The root type '\(name)' of \(kind.rawValue) must be an object.")
        }
    }

    private mutating func check(_ type: TypeDefinition) {
        let isBuiltIn = type.name.hasPrefix("__")
        if isBuiltIn, !BuiltInTypes.sdl.contains(" \(type.name) ") {
            self.report("Name '\(type.name)' must not begin with '__', which is reserved by GraphQL introspection.")
        }
        switch type.kind {
        case .scalar: return
        case .object(let fields), .interface(let fields): self.check(fields, of: type)
        case .union(let members):
            if members.isEmpty { self.report("Union type \(type.name) must define one or more member types.") }
            if Set(members).count < members.count { self.report("Union type \(type.name) has a member twice.") }
            for member in members where !(self.schema.types[member]?.isObject ?? false) {
                self.report("Union type \(type.name) can only include Object types, it cannot include '\(member)'.")
            }
        case .enumeration(let values):
            if values.isEmpty { self.report("Enum type \(type.name) must define one or more values.") }
            if Set(values.map(\.name)).count < values.count { self.report("Enum type \(type.name) has a value twice.") }
        case .input(let fields, let isOneOf):
            if fields.isEmpty { self.report("Input Object type \(type.name) must define one or more fields.") }
            self.checkInputs(fields, of: type.name)
            for field in fields where isOneOf && (field.type.isNonNull || field.defaultValue != nil) {
                self.report("OneOf input field \(type.name).\(field.name) must be nullable and have no default value.")
            }
        }
    }

    private mutating func check(_ fields: TypeDefinition.Fields, of type: TypeDefinition) {
        if fields.list.isEmpty { self.report("Type \(type.name) must define one or more fields.") }
        for field in fields.list {
            guard let output = self.schema.types[field.type.namedType] else {
                self.report("Unknown type '\(field.type.namedType)' of \(type.name).\(field.name).")
                continue
            }
            if case .input = output.kind {
                self.report("The type of \(type.name).\(field.name) must be Output Type but got: \(field.type).")
            }
            self.checkInputs(field.arguments, of: "\(type.name).\(field.name)")
        }
        for name in fields.interfaces { self.check(type, fields, implements: name) }
    }

    private mutating func checkInputs(_ inputs: [InputValueDefinition], of owner: String) {
        if Set(inputs.map(\.name)).count < inputs.count { self.report("\(owner) has two inputs of one name.") }
        for input in inputs {
            guard let type = self.schema.types[input.type.namedType] else {
                self.report("Unknown type '\(input.type.namedType)' of \(owner).\(input.name).")
                continue
            }
            if !type.isInput {
                self.report("The type of \(owner).\(input.name) must be Input Type but got: \(input.type).")
            }
            if let value = input.defaultValue, Coercion(self.schema).constant(value, as: input.type) == nil {
                self.report("The default value of \(owner).\(input.name) is no \(input.type).")
            }
        }
    }

    private mutating func check(
        _ type: TypeDefinition, _ fields: TypeDefinition.Fields, implements name: String
    ) {
        guard case .interface(let interface)? = self.schema.types[name]?.kind else {
            self.report("Type \(type.name) must only implement Interface types, it cannot implement \(name).")
            return
        }
        for parent in interface.interfaces where !fields.interfaces.contains(parent) && parent != type.name {
            self.report("Type \(type.name) must implement \(parent) because it is implemented by \(name).")
        }
        for wanted in interface.list {
            guard let field = fields[wanted.name] else {
                self.report("Interface field \(name).\(wanted.name) expected but \(type.name) does not provide it.")
                continue
            }
            if !self.isSubtype(field.type, of: wanted.type) {
                self.report(
                    "Interface field \(name).\(wanted.name) expects type \(wanted.type) but \(type.name).\(field.name) "
                        + "is type \(field.type).")
            }
            for argument in wanted.arguments where field.argument(argument.name)?.type != argument.type {
                self.report(
                    "Interface field argument \(name).\(wanted.name)(\(argument.name):) expected but "
                        + "\(type.name).\(field.name) does not provide it.")
            }
            for argument in field.arguments where argument.isRequired && wanted.argument(argument.name) == nil {
                self.report(
                    "Object field \(type.name).\(field.name) includes required argument \(argument.name) that is missing "
                        + "from the Interface field \(name).\(wanted.name).")
            }
        }
    }

    private func isSubtype(_ sub: TypeReference, of wanted: TypeReference) -> Bool {
        switch (sub, wanted) {
        case (.nonNull(let inner), .nonNull(let outer)): self.isSubtype(inner, of: outer)
        case (.nonNull(let inner), _): self.isSubtype(inner, of: wanted)
        case (_, .nonNull): false
        case (.list(let inner), .list(let outer)): self.isSubtype(inner, of: outer)
        case (.named(let inner), .named(let outer)): self.schema.isSubtype(inner, of: outer)
        default: false
        }
    }

    /// An input that needs itself can never be written down.
    private mutating func checkInputCycles(from name: String) {
        var seen: Set<String> = []
        var queue = [name]
        while let current = queue.popLast() {
            for field in self.schema.types[current]?.inputFields ?? [] {
                guard case .nonNull(.named(let next)) = field.type else { continue }
                if next == name {
                    self.report("Input Object '\(name)' needs itself through non-null fields.")
                    return
                }
                if seen.insert(next).inserted { queue.append(next) }
            }
        }
    }
}
