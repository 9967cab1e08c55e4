/// Rules about variables (GraphQL §5.8).
extension Validation {
    /// The definitions of one operation's variables.
    func checkVariables(of operation: OperationDefinition) {
        let groups = Dictionary(grouping: operation.variables, by: \.name.text)
        for (name, group) in groups.sorted(by: { $0.key < $1.key }) where group.count > 1 {
            self.report("There can be only one variable named '$\(name)'.", at: group.map(\.name.offset))
        }
        for variable in operation.variables {
            self.check(variable.directives, at: .variableDefinition)
            let name = variable.type.namedType
            guard let type = self.schema[name.text] else {
                self.reportUnknownType(name)
                continue
            }
            guard type.isInput else {
                self.report(
                    "Variable '$\(variable.name.text)' cannot be non-input type '\(variable.type.reference)'.",
                    at: variable.type.offset)
                continue
            }
            if let value = variable.defaultValue {
                self.check(value, as: variable.type.reference, hasDefault: false, isOneOfField: false)
            }
        }
    }

    /// The uses of each operation's variables, in it and in the fragments that it leads to.
    func checkVariableUse() {
        for (operation, findings) in self.operationFindings {
            let reached = self.reachable(from: findings.spreads)
            let usages = findings.usages + reached.flatMap { self.fragmentFindings[$0]?.usages ?? [] }
            self.check(usages, of: operation)
        }
    }

    private func check(_ usages: [Usage], of operation: OperationDefinition) {
        let definitions = Dictionary(
            operation.variables.map { ($0.name.text, $0) }, uniquingKeysWith: { _, last in last })
        let used = Set(usages.map(\.name))
        for variable in operation.variables where !used.contains(variable.name.text) {
            let place = operation.name.map { " in operation '\($0.text)'" } ?? ""
            self.report("Variable '$\(variable.name.text)' is never used\(place).", at: variable.offset)
        }
        for usage in usages {
            guard let definition = definitions[usage.name] else {
                let place = operation.name.map { " by operation '\($0.text)'" } ?? ""
                self.report("Variable '$\(usage.name)' is not defined\(place).", at: usage.offset, operation.offset)
                continue
            }
            self.check(usage, of: definition)
        }
    }

    private func check(_ usage: Usage, of definition: VariableDefinition) {
        let type = definition.type.reference
        guard let expected = usage.type, self.schema[type.namedType] != nil else { return }
        if usage.isOneOfField, !type.isNonNull {
            self.report(
                "Variable '$\(usage.name)' must be non-nullable to be used for OneOf Input Object.",
                at: definition.offset, usage.offset)
            return
        }
        guard !self.isAllowed(type, definition.defaultValue, where: expected, usage.hasDefault) else { return }
        self.report(
            "Variable '$\(usage.name)' of type '\(type)' used in position expecting type '\(expected)'.",
            at: definition.offset, usage.offset)
    }

    private func isAllowed(
        _ type: TypeReference, _ defaultValue: ValueNode?, where expected: TypeReference, _ hasDefault: Bool
    ) -> Bool {
        if expected.isNonNull, !type.isNonNull {
            let hasValue = if let defaultValue, case .null = defaultValue.kind { false } else { defaultValue != nil }
            return (hasValue || hasDefault) && Self.isSubtype(type, of: expected.nullable)
        }
        return Self.isSubtype(type, of: expected)
    }

    private static func isSubtype(_ sub: TypeReference, of wanted: TypeReference) -> Bool {
        switch (sub, wanted) {
        case (.nonNull(let inner), .nonNull(let outer)): self.isSubtype(inner, of: outer)
        case (.nonNull(let inner), _): self.isSubtype(inner, of: wanted)
        case (.list(let inner), .list(let outer)): self.isSubtype(inner, of: outer)
        case (.named(let inner), .named(let outer)): inner == outer
        default: false
        }
    }
}

extension TypeNode {
    var offset: Int {
        switch self {
        case .named(let name): name.offset
        case .list(_, let offset), .nonNull(_, let offset): offset
        }
    }
}
