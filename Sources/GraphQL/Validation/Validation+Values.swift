/// Rules about literals (GraphQL §5.6). Notes where variables are used.
extension Validation {
    func check(_ node: ValueNode, as type: TypeReference, hasDefault: Bool, isOneOfField: Bool) {
        if case .variable(let name) = node.kind {
            self.findings.usages.append(
                Usage(
                    name: name, offset: node.offset, type: type, hasDefault: hasDefault, isOneOfField: isOneOfField))
            return
        }
        if case .null = node.kind {
            if type.isNonNull { self.report("Expected value of type '\(type)', found null.", at: node.offset) }
            return
        }
        switch (type.nullable, node.kind) {
        case (.list(let inner), .list(let nodes)):
            for node in nodes { self.check(node, as: inner, hasDefault: false, isOneOfField: false) }
        case (.list(let inner), _): self.check(node, as: inner, hasDefault: false, isOneOfField: false)
        case (.named(let name), _):
            if let definition = self.schema[name] { self.check(node, as: definition, type) }
        case (.nonNull, _): preconditionFailure("a bang stands once")
        }
    }

    private func check(_ node: ValueNode, as definition: TypeDefinition, _ type: TypeReference) {
        switch definition.kind {
        case .input(let fields, let isOneOf):
            guard case .object(let nodes) = node.kind else {
                self.report("Expected value of type '\(type)', found \(node.printed).", at: node.offset)
                self.checkUntyped(node)
                return
            }
            self.check(nodes, of: definition.name, fields, isOneOf, at: node.offset)
        case .enumeration(let values): self.check(node, of: definition.name, values.map(\.name))
        case .scalar:
            if Scalars.literal(node, as: definition.name) == nil { self.reportScalar(node, definition.name) }
            self.checkUntyped(node)
        case .object, .interface, .union: self.checkUntyped(node)
        }
    }

    private func check(_ node: ValueNode, of name: String, _ values: [String]) {
        if case .enumeration(let value) = node.kind {
            guard !values.contains(value) else { return }
            self.report(
                "Value '\(value)' does not exist in '\(name)' enum."
                    + Suggestions.phrase(value, among: values, after: "the enum value"), at: node.offset)
        } else {
            self.report(
                "Enum '\(name)' cannot represent non-enum value: \(node.printed)."
                    + Suggestions.phrase(node.printed, among: values, after: "the enum value"), at: node.offset)
            self.checkUntyped(node)
        }
    }

    private func reportScalar(_ node: ValueNode, _ name: String) {
        let problem =
            switch name {
            case "Int":
                if case .int = node.kind { "non 32-bit signed integer value" } else { "non-integer value" }
            case "Float": "non numeric value"
            case "String": "a non string value"
            case "Boolean": "a non boolean value"
            case "ID": "a non-string and non-integer value"
            default: "value"
            }
        self.report("\(name) cannot represent \(problem): \(node.printed)", at: node.offset)
    }

    private func check(
        _ nodes: [ArgumentNode], of typeName: String, _ fields: [InputValueDefinition], _ isOneOf: Bool, at offset: Int
    ) {
        self.checkUniqueFields(nodes)
        for field in fields where field.isRequired && !nodes.contains(where: { $0.name.text == field.name }) {
            self.report(
                "Field '\(typeName).\(field.name)' of required type '\(field.type)' was not provided.", at: offset)
        }
        for node in nodes {
            let name = node.name.text
            if let field = fields.first(where: { $0.name == name }) {
                self.check(
                    node.value, as: field.type, hasDefault: field.defaultValue != nil, isOneOfField: isOneOf)
            } else {
                self.report(
                    "Field '\(name)' is not defined by type '\(typeName)'."
                        + Suggestions.phrase(name, among: fields.map(\.name)), at: node.offset)
                self.checkUntyped(node.value)
            }
        }
        if isOneOf { self.checkOneOf(nodes, typeName, at: offset) }
    }

    private func checkOneOf(_ nodes: [ArgumentNode], _ typeName: String, at offset: Int) {
        guard nodes.count == 1, let node = nodes.first else {
            self.report("OneOf Input Object '\(typeName)' must specify exactly one key.", at: offset)
            return
        }
        if case .null = node.value.kind {
            self.report("Field '\(typeName).\(node.name.text)' must be non-null.", at: offset)
        }
    }

    private func checkUniqueFields(_ nodes: [ArgumentNode]) {
        var seen: [String: Int] = [:]
        for node in nodes {
            if let first = seen[node.name.text] {
                self.report(
                    "There can be only one input field named '\(node.name.text)'.", at: first, node.name.offset)
            } else {
                seen[node.name.text] = node.name.offset
            }
        }
    }

    /// A value whose type is not known.
    func checkUntyped(_ node: ValueNode) {
        switch node.kind {
        case .variable(let name):
            self.findings.usages.append(
                Usage(name: name, offset: node.offset, type: nil, hasDefault: false, isOneOfField: false))
        case .list(let nodes): for node in nodes { self.checkUntyped(node) }
        case .object(let nodes):
            self.checkUniqueFields(nodes)
            for node in nodes { self.checkUntyped(node.value) }
        case .int, .float, .string, .boolean, .null, .enumeration: return
        }
    }
}

extension ValueNode {
    /// The literal as GraphQL writes it.
    var printed: String {
        switch self.kind {
        case .variable(let name): "$\(name)"
        case .int(let text), .float(let text), .enumeration(let text): text
        case .string(let text): JSONWriter.quoted(text)
        case .boolean(let flag): flag ? "true" : "false"
        case .null: "null"
        case .list(let nodes): "[\(nodes.map(\.printed).joined(separator: ", "))]"
        case .object(let nodes): "{\(nodes.map { "\($0.name.text): \($0.value.printed)" }.joined(separator: ", "))}"
        }
    }

    /// The same for literals that mean the same: fields of objects are in order.
    var canonical: String {
        switch self.kind {
        case .list(let nodes): "[\(nodes.map(\.canonical).joined(separator: ", "))]"
        case .object(let nodes):
            "{\(nodes.map { "\($0.name.text): \($0.value.canonical)" }.sorted().joined(separator: ", "))}"
        default: self.printed
        }
    }
}
