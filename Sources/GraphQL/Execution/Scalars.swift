/// The scalars that every schema has (GraphQL §3.5). Any other scalar takes and gives any value as it is.
enum Scalars {
    /// Why a value is not of a scalar type.
    struct Problem: Error, Equatable {
        var text: String
    }

    // MARK: Input

    /// A literal of a document; `nil` when it is not of the type.
    static func literal(
        _ node: ValueNode, as type: String, variables: [String: GraphQLValue] = [:]
    ) -> GraphQLValue? {
        switch (type, node.kind) {
        case ("Int", .int(let digits)): Int32(digits).map { .int(Int($0)) }
        case ("Float", .int(let digits)), ("Float", .float(let digits)):
            Double(digits).flatMap { $0.isFinite ? .double($0) : nil }
        case ("String", .string(let text)): .string(text)
        case ("Boolean", .boolean(let flag)): .bool(flag)
        case ("ID", .string(let text)), ("ID", .int(let text)): .string(text)
        case ("Int", _), ("Float", _), ("String", _), ("Boolean", _), ("ID", _): nil
        default: self.untyped(node, variables)
        }
    }

    private static func untyped(_ node: ValueNode, _ variables: [String: GraphQLValue]) -> GraphQLValue? {
        switch node.kind {
        case .variable(let name): return variables[name] ?? .null
        case .int(let digits): return Int(digits).map { .int($0) } ?? Double(digits).map { .double($0) }
        case .float(let digits): return Double(digits).map { .double($0) }
        case .string(let text): return .string(text)
        case .boolean(let flag): return .bool(flag)
        case .null: return .null
        case .enumeration(let name): return .string(name)
        case .list(let nodes):
            let items = nodes.compactMap { self.untyped($0, variables) }
            return items.count == nodes.count ? .list(items) : nil
        case .object(let nodes):
            var object = GraphQLObject()
            for node in nodes {
                guard let value = self.untyped(node.value, variables) else { return nil }
                object[node.name.text] = value
            }
            return .object(object)
        }
    }

    /// A value of a request's variables.
    static func input(_ value: GraphQLValue, as type: String) -> Result<GraphQLValue, Problem> {
        switch (type, value) {
        case ("Int", .int(let number)):
            return Int32(exactly: number) != nil
                ? .success(value)
                : .failure(Problem(text: "Int cannot represent non 32-bit signed integer value: \(number)"))
        case ("Int", .double(let number)) where Int32(exactly: number) != nil: return .success(.int(Int(number)))
        case ("Float", .int(let number)): return .success(.double(Double(number)))
        case ("Float", .double), ("String", .string), ("Boolean", .bool), ("ID", .string): return .success(value)
        case ("ID", .int(let number)): return .success(.string("\(number)"))
        case ("Int", _): return .failure(Problem(text: "Int cannot represent non-integer value: \(value.printed)"))
        case ("Float", _): return .failure(Problem(text: "Float cannot represent non numeric value: \(value.printed)"))
        case ("String", _):
            return .failure(Problem(text: "String cannot represent a non string value: \(value.printed)"))
        case ("Boolean", _):
            return .failure(Problem(text: "Boolean cannot represent a non boolean value: \(value.printed)"))
        case ("ID", _): return .failure(Problem(text: "ID cannot represent value: \(value.printed)"))
        default: return .success(value)
        }
    }

    // MARK: Output

    /// A resolver's value as it goes into the answer.
    static func output(_ value: GraphQLValue, as type: String) throws(Problem) -> GraphQLValue {
        switch (type, value) {
        case ("Int", .int(let number)):
            guard Int32(exactly: number) != nil else {
                throw Problem(text: "Int cannot represent non 32-bit signed integer value: \(number)")
            }
            return value
        case ("Int", .double(let number)):
            guard let whole = Int32(exactly: number) else {
                throw Problem(text: "Int cannot represent non-integer value: \(number)")
            }
            return .int(Int(whole))
        case ("Int", .bool(let flag)): return .int(flag ? 1 : 0)
        case ("Float", .int(let number)): return .double(Double(number))
        case ("Float", .double(let number)) where number.isFinite: return value
        case ("String", .string), ("ID", .string), ("Boolean", .bool): return value
        case ("String", .enumeration(let text)), ("ID", .enumeration(let text)): return .string(text)
        case ("String", .int(let number)), ("ID", .int(let number)): return .string("\(number)")
        case ("String", .bool(let flag)): return .string(flag ? "true" : "false")
        case ("Int", _), ("Float", _), ("String", _), ("ID", _), ("Boolean", _):
            throw Problem(text: "\(type) cannot represent value: \(value.printed)")
        default: return value
        }
    }
}
