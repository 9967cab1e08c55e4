/// Rules about the definitions of a document and how they hang together (GraphQL §5.1, §5.2, §5.5).
extension Validation {
    func checkDefinitions() {
        for case .typeSystem(let node) in self.document.definitions {
            let subject = if case .schema = node.kind { "schema" } else { "'\(node.name.text)'" }
            self.report("The \(subject) definition is not executable.", at: node.offset)
        }
        let operations = self.document.operations
        for operation in operations where operation.name == nil && operations.count > 1 {
            self.report("This anonymous operation must be the only defined operation.", at: operation.offset)
        }
        self.checkUnique(operations.compactMap(\.name), "operation")
        self.checkUnique(self.document.fragments.map(\.name), "fragment")
    }

    private func checkUnique(_ names: [Name], _ kind: String) {
        var seen: [String: Int] = [:]
        for name in names {
            if let first = seen[name.text] {
                self.report("There can be only one \(kind) named '\(name.text)'.", at: first, name.offset)
            } else {
                seen[name.text] = name.offset
            }
        }
    }

    // MARK: Subscriptions

    func checkSubscription(_ operation: OperationDefinition, _ root: TypeDefinition) {
        let subject = operation.name.map { "Subscription '\($0.text)'" } ?? "Anonymous Subscription"
        var groups: [(key: String, offsets: [Int], name: String)] = []
        var visited: Set<String> = []
        self.collect(operation.selections, of: root, &groups, &visited)
        if groups.count > 1 {
            self.report(
                "\(subject) must select only one top level field.", at: groups.dropFirst().flatMap(\.offsets))
        }
        for group in groups where group.name.hasPrefix("__") {
            self.report("\(subject) must not select an introspection top level field.", at: group.offsets)
        }
    }

    private func collect(
        _ selections: [Selection], of root: TypeDefinition,
        _ groups: inout [(key: String, offsets: [Int], name: String)],
        _ visited: inout Set<String>
    ) {
        for selection in selections {
            switch selection {
            case .field(let field):
                if let index = groups.firstIndex(where: { $0.key == field.responseKey }) {
                    groups[index].offsets.append(field.offset)
                } else {
                    groups.append((field.responseKey, [field.offset], field.name.text))
                }
            case .inline(let inline):
                let condition = inline.typeCondition?.text ?? root.name
                guard self.schema.isSubtype(root.name, of: condition) else { continue }
                self.collect(inline.selections, of: root, &groups, &visited)
            case .spread(let spread):
                guard visited.insert(spread.name.text).inserted, let fragment = self.fragments[spread.name.text],
                    self.schema.isSubtype(root.name, of: fragment.typeCondition.text)
                else { continue }
                self.collect(fragment.selections, of: root, &groups, &visited)
            }
        }
    }

    // MARK: Fragments

    /// All fragments that spreads lead to, each once, in the order in which they are found.
    func reachable(from spreads: [FragmentSpreadNode]) -> [String] {
        var names: [String] = []
        var seen: Set<String> = []
        var queue = spreads[...]
        while let spread = queue.popFirst() {
            let name = spread.name.text
            guard let findings = self.fragmentFindings[name], seen.insert(name).inserted else { continue }
            names.append(name)
            queue += findings.spreads
        }
        return names
    }

    func checkFragmentUse() {
        var used: Set<String> = []
        for (_, findings) in self.operationFindings { used.formUnion(self.reachable(from: findings.spreads)) }
        for fragment in self.document.fragments where !used.contains(fragment.name.text) {
            self.report("Fragment '\(fragment.name.text)' is never used.", at: fragment.offset)
        }
    }

    func checkFragmentCycles() {
        var visited: Set<String> = []
        var path: [FragmentSpreadNode] = []
        var positions: [String: Int] = [:]
        for fragment in self.document.fragments {
            self.findCycles(from: fragment.name.text, &visited, &path, &positions)
        }
    }

    /// Depth is bounded by the number of fragments, and that by the number of tokens.
    private func findCycles(
        from name: String, _ visited: inout Set<String>, _ path: inout [FragmentSpreadNode],
        _ positions: inout [String: Int]
    ) {
        guard visited.insert(name).inserted, let spreads = self.fragmentFindings[name]?.spreads, !spreads.isEmpty
        else { return }
        positions[name] = path.count
        for spread in spreads {
            path.append(spread)
            if let start = positions[spread.name.text] {
                let cycle = path[start...]
                let via = cycle.dropLast().map { "'\($0.name.text)'" }.joined(separator: ", ")
                self.report(
                    "Cannot spread fragment '\(spread.name.text)' within itself\(via.isEmpty ? "" : " via \(via)").",
                    at: cycle.map(\.offset))
            } else {
                self.findCycles(from: spread.name.text, &visited, &path, &positions)
            }
            path.removeLast()
        }
        positions[name] = nil
    }
}
