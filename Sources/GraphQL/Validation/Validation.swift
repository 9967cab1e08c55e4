/// Checks one document against one schema (GraphQL §5). Errors are worded as the reference implementations word them.
///
/// One walk visits everything with its type; what needs the whole document is checked before or after it.
final class Validation {
    let schema: Schema
    let document: Document
    let limits: GraphQLLimits
    let fragments: [String: FragmentDefinition]
    private(set) var errors: [GraphQLError] = []

    /// Where a variable is used, and as what.
    struct Usage {
        var name: String
        var offset: Int
        /// `nil` where the type is not known because of another error.
        var type: TypeReference?
        var hasDefault: Bool
        var isOneOfField: Bool
    }

    /// What the walk found in one operation or fragment.
    struct Findings {
        var usages: [Usage] = []
        var spreads: [FragmentSpreadNode] = []
    }

    var findings = Findings()
    var fragmentFindings: [String: Findings] = [:]

    static func errors(in document: Document, _ schema: Schema, _ limits: GraphQLLimits) -> [GraphQLError] {
        let validation = Validation(document, schema, limits)
        validation.run()
        return Array(validation.errors.prefix(limits.errorCountMax))
    }

    private init(_ document: Document, _ schema: Schema, _ limits: GraphQLLimits) {
        self.schema = schema
        self.document = document
        self.limits = limits
        self.fragments = Dictionary(
            document.fragments.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func report(_ message: String, at offsets: Int...) { self.report(message, at: offsets) }

    func report(_ message: String, at offsets: [Int]) {
        // The rest is not told anyway; hostile documents do not get to cost more.
        guard self.errors.count < self.limits.errorCountMax else { return }
        self.errors.append(
            GraphQLError(
                message, code: .validationFailed, locations: offsets.map(self.document.source.location(of:))))
    }

    private func run() {
        self.checkDefinitions()
        for definition in self.document.definitions {
            self.findings = Findings()
            switch definition {
            case .operation(let operation): self.check(operation)
            case .fragment(let fragment):
                self.check(fragment)
                if self.fragmentFindings[fragment.name.text] == nil {
                    self.fragmentFindings[fragment.name.text] = self.findings
                }
            case .typeSystem: continue
            }
        }
        self.checkFragmentUse()
        self.checkFragmentCycles()
        self.checkVariableUse()
        var overlaps = OverlappingFields(self)
        overlaps.check()
    }

    // MARK: Definitions

    private func check(_ operation: OperationDefinition) {
        let root = self.schema.rootType(operation.kind)
        self.checkVariables(of: operation)
        self.check(operation.directives, at: .init(operation.kind))
        if root == nil {
            self.report(
                "Schema is not configured to execute \(operation.kind.rawValue) operations.", at: operation.offset)
        }
        if operation.kind == .subscription, let root { self.checkSubscription(operation, root) }
        self.check(operation.selections, of: root)
        self.operationFindings.append((operation, self.findings))
    }

    var operationFindings: [(operation: OperationDefinition, findings: Findings)] = []

    private func check(_ fragment: FragmentDefinition) {
        let type = self.checkTypeCondition(fragment.typeCondition, of: fragment.name.text)
        self.check(fragment.directives, at: .fragmentDefinition)
        self.check(fragment.selections, of: type)
    }

    /// The type that a fragment is on, or `nil` when it is none that has fields.
    func checkTypeCondition(_ name: Name, of fragment: String?) -> TypeDefinition? {
        guard let type = self.schema[name.text] else {
            self.reportUnknownType(name)
            return nil
        }
        guard type.isComposite else {
            let subject = fragment.map { "Fragment '\($0)'" } ?? "Fragment"
            self.report("\(subject) cannot condition on non composite type '\(name.text)'.", at: name.offset)
            return nil
        }
        return type
    }

    func reportUnknownType(_ name: Name) {
        self.report(
            "Unknown type '\(name.text)'." + Suggestions.phrase(name.text, among: self.schema.typeNames),
            at: name.offset)
    }

    // MARK: Directives

    func check(_ directives: [DirectiveNode], at location: DirectiveLocation) {
        var seen: [String: Int] = [:]
        for node in directives {
            let name = node.name.text
            guard let directive = self.schema.directive(name) else {
                self.report("Unknown directive '@\(name)'.", at: node.offset)
                self.checkUntyped(node.arguments)
                continue
            }
            if !directive.locations.contains(location) {
                self.report("Directive '@\(name)' may not be used on \(location.words).", at: node.offset)
            }
            if let first = seen[name], !directive.isRepeatable {
                self.report(
                    "The directive '@\(name)' can only be used once at this location.", at: first, node.offset)
            } else {
                seen[name] = node.offset
            }
            self.check(
                node.arguments, of: directive.arguments, owner: "directive '@\(name)'",
                required: "Directive '@\(name)'", at: node.offset)
        }
    }
}

extension DirectiveLocation {
    fileprivate init(_ kind: OperationKind) {
        switch kind {
        case .query: self = .query
        case .mutation: self = .mutation
        case .subscription: self = .subscription
        }
    }
}
