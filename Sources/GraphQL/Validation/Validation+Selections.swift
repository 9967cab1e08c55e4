/// Rules about fields, fragments in place and arguments (GraphQL §5.3, §5.4, §5.5.2).
extension Validation {
    /// - Parameter type: `nil` where it is not known because of another error.
    func check(_ selections: [Selection], of type: TypeDefinition?) {
        for selection in selections {
            switch selection {
            case .field(let field): self.check(field, of: type)
            case .spread(let spread): self.check(spread, in: type)
            case .inline(let inline): self.check(inline, in: type)
            }
        }
    }

    // MARK: Fields

    private func check(_ field: FieldNode, of type: TypeDefinition?) {
        let definition = type.flatMap { self.schema.field(field.name.text, of: $0) }
        if let type, definition == nil { self.reportUnknownField(field, of: type) }
        self.check(field.directives, at: .field)
        if let type, let definition {
            self.check(
                field.arguments, of: definition.arguments, owner: "field '\(type.name).\(field.name.text)'",
                required: "Field '\(field.name.text)'", at: field.offset)
            self.checkLeaf(field, definition)
        } else {
            self.checkUntyped(field.arguments)
        }
        let inner = definition.flatMap { self.schema[$0.type.namedType] }
        self.check(field.selections, of: inner?.isComposite ?? false ? inner : nil)
    }

    private func reportUnknownField(_ field: FieldNode, of type: TypeDefinition) {
        let name = field.name.text
        var hint = Suggestions.phrase(
            self.typesWithField(name, below: type).map { "'\($0)'" }, after: "to use an inline fragment on")
        if hint.isEmpty, let fields = type.fields {
            hint = Suggestions.phrase(name, among: fields.list.map(\.name))
        }
        self.report("Cannot query field '\(name)' on type '\(type.name)'." + hint, at: field.offset)
    }

    /// Types below an interface or union that have the field: those that stand for most objects first.
    private func typesWithField(_ name: String, below type: TypeDefinition) -> [String] {
        guard !type.isObject else { return [] }
        var useCounts: [String: Int] = [:]
        for object in self.schema.possibleTypes(of: type.name) {
            guard let fields = self.schema[object]?.fields, fields[name] != nil else { continue }
            useCounts[object] = 1
            for interface in fields.interfaces where self.schema[interface]?.fields?[name] != nil {
                useCounts[interface, default: 0] += 1
            }
        }
        return useCounts.sorted { left, right in
            if left.value != right.value { return left.value > right.value }
            if self.schema.possibleTypes[left.key]?.contains(right.key) ?? false { return true }
            if self.schema.possibleTypes[right.key]?.contains(left.key) ?? false { return false }
            return left.key < right.key
        }.map(\.key)
    }

    private func checkLeaf(_ field: FieldNode, _ definition: FieldDefinition) {
        guard let type = self.schema[definition.type.namedType] else { return }
        let name = field.name.text
        if type.isComposite, field.selections.isEmpty {
            self.report(
                "Field '\(name)' of type '\(definition.type)' must have a selection of subfields."
                    + " Did you mean '\(name) { ... }'?", at: field.offset)
        }
        if !type.isComposite, let first = field.selections.first {
            self.report(
                "Field '\(name)' must not have a selection since type '\(definition.type)' has no subfields.",
                at: self.braceOffset(before: first))
        }
    }

    /// Where the brace stands that opens the selections.
    private func braceOffset(before selection: Selection) -> Int {
        var offset =
            switch selection {
            case .field(let field): field.offset
            case .spread(let spread): spread.offset
            case .inline(let inline): inline.offset
            }
        while offset > 0, self.document.source.bytes[offset] != UInt8(ascii: "{") { offset -= 1 }
        return offset
    }

    // MARK: Fragments

    private func check(_ inline: InlineFragmentNode, in parent: TypeDefinition?) {
        self.check(inline.directives, at: .inlineFragment)
        guard let condition = inline.typeCondition else { return self.check(inline.selections, of: parent) }
        let type = self.checkTypeCondition(condition, of: nil)
        if let type, let parent, !self.overlap(type, parent) {
            self.report(
                "Fragment cannot be spread here as objects of type '\(parent.name)' can never be of type '\(type.name)'.",
                at: inline.offset)
        }
        self.check(inline.selections, of: type)
    }

    private func check(_ spread: FragmentSpreadNode, in parent: TypeDefinition?) {
        self.findings.spreads.append(spread)
        self.check(spread.directives, at: .fragmentSpread)
        let name = spread.name.text
        guard let fragment = self.fragments[name] else {
            self.report("Unknown fragment '\(name)'.", at: spread.name.offset)
            return
        }
        guard let parent, let type = self.schema[fragment.typeCondition.text], type.isComposite,
            !self.overlap(type, parent)
        else { return }
        self.report(
            "Fragment '\(name)' cannot be spread here as objects of type '\(parent.name)' can never be of type "
                + "'\(type.name)'.", at: spread.offset)
    }

    private func overlap(_ left: TypeDefinition, _ right: TypeDefinition) -> Bool {
        if left.name == right.name { return true }
        let possible = Set(self.schema.possibleTypes(of: left.name))
        return self.schema.possibleTypes(of: right.name).contains(where: possible.contains)
    }

    // MARK: Arguments

    func check(
        _ nodes: [ArgumentNode], of definitions: [InputValueDefinition], owner: String, required: String,
        at offset: Int
    ) {
        self.checkUniqueArguments(nodes)
        for node in nodes {
            let name = node.name.text
            if let definition = definitions.first(where: { $0.name == name }) {
                self.check(
                    node.value, as: definition.type, hasDefault: definition.defaultValue != nil, isOneOfField: false)
            } else {
                self.report(
                    "Unknown argument '\(name)' on \(owner)."
                        + Suggestions.phrase(name, among: definitions.map(\.name)), at: node.offset)
                self.checkUntyped(node.value)
            }
        }
        for definition in definitions where definition.isRequired {
            guard !nodes.contains(where: { $0.name.text == definition.name }) else { continue }
            self.report(
                "\(required) argument '\(definition.name)' of type '\(definition.type)' is required,"
                    + " but it was not provided.", at: offset)
        }
    }

    private func checkUniqueArguments(_ nodes: [ArgumentNode]) {
        guard nodes.count > 1 else { return }
        for (name, group) in Dictionary(grouping: nodes, by: \.name.text).sorted(by: { $0.key < $1.key })
        where group.count > 1 {
            self.report("There can be only one argument named '\(name)'.", at: group.map(\.name.offset))
        }
    }

    /// Arguments of something that is not known: only what holds for all arguments is checked.
    func checkUntyped(_ nodes: [ArgumentNode]) {
        self.checkUniqueArguments(nodes)
        for node in nodes { self.checkUntyped(node.value) }
    }
}
