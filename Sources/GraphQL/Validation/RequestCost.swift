/// What one operation would cost, fragments counted each time that they are spread. Valid documents only.
struct RequestCost {
    /// Saturates instead of overflowing.
    private struct Measure {
        var cost = 0
        var aliasCount = 0
        var depth = 0

        static func sum(_ left: Int, _ right: Int) -> Int {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : sum
        }

        static func product(_ left: Int, _ right: Int) -> Int {
            let (product, overflow) = left.multipliedReportingOverflow(by: right)
            return overflow ? .max : product
        }

        mutating func add(_ other: Measure) {
            self.cost = Self.sum(self.cost, other.cost)
            self.aliasCount = Self.sum(self.aliasCount, other.aliasCount)
            self.depth = max(self.depth, other.depth)
        }
    }

    private let schema: Schema
    private let fragments: [String: FragmentDefinition]
    private let variables: [String: GraphQLValue]
    private var measures: [String: Measure] = [:]

    /// The error about the limit that `operation` is beyond, or `nil`.
    static func error(
        of operation: OperationDefinition, in document: Document, _ schema: Schema,
        variables: [String: GraphQLValue], _ limits: GraphQLLimits
    ) -> GraphQLError? {
        var cost = RequestCost(document, schema, variables)
        let measure = cost.measure(operation.selections, of: schema.rootType(operation.kind))
        let problem: String? =
            if document.directiveCount > limits.directiveCountMax {
                "has more than \(limits.directiveCountMax) directives"
            } else if measure.depth > limits.fieldDepthMax {
                "nests fields deeper than \(limits.fieldDepthMax)"
            } else if measure.aliasCount > limits.aliasCountMax {
                "has more than \(limits.aliasCountMax) aliases"
            } else if measure.cost > limits.costMax {
                "asks for more than \(limits.costMax) fields"
            } else {
                nil
            }
        return problem.map {
            GraphQLError(
                "The operation \($0).", code: .badRequest,
                locations: [document.source.location(of: operation.offset)])
        }
    }

    private init(_ document: Document, _ schema: Schema, _ variables: [String: GraphQLValue]) {
        self.schema = schema
        self.fragments = Dictionary(
            document.fragments.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
        self.variables = variables
    }

    private mutating func measure(_ selections: [Selection], of type: TypeDefinition?) -> Measure {
        var total = Measure()
        for selection in selections {
            switch selection {
            case .field(let field): total.add(self.measure(field, of: type))
            case .inline(let inline):
                let condition = inline.typeCondition.flatMap { self.schema[$0.text] }
                total.add(self.measure(inline.selections, of: condition ?? type))
            case .spread(let spread): total.add(self.measure(fragment: spread.name.text))
            }
        }
        return total
    }

    private mutating func measure(_ field: FieldNode, of type: TypeDefinition?) -> Measure {
        let definition = type.flatMap { self.schema.field(field.name.text, of: $0) }
        var inner = self.measure(field.selections, of: definition.flatMap { self.schema[$0.type.namedType] })
        inner.cost = Measure.sum(Measure.product(inner.cost, self.multiplier(of: field, definition)), 1)
        inner.depth = Measure.sum(inner.depth, 1)
        if field.alias != nil { inner.aliasCount = Measure.sum(inner.aliasCount, 1) }
        return inner
    }

    /// How many items a list may have below the field: its `limit`, where it has one.
    private func multiplier(of field: FieldNode, _ definition: FieldDefinition?) -> Int {
        let given: Int? =
            switch field.arguments.first(where: { $0.name.text == "limit" })?.value.kind {
            case .int(let digits): Int(digits)
            case .variable(let name): self.variables[name]?.int
            default: nil
            }
        let usual = definition?.argument("limit")?.defaultValue?.kind
        guard given == nil, case .int(let digits)? = usual else { return max(1, given ?? 1) }
        return max(1, Int(digits) ?? 1)
    }

    private mutating func measure(fragment name: String) -> Measure {
        if let known = self.measures[name] { return known }
        guard let fragment = self.fragments[name] else { return Measure() }
        let measure = self.measure(fragment.selections, of: self.schema[fragment.typeCondition.text])
        self.measures[name] = measure
        return measure
    }
}
