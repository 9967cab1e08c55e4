/// What a resolver gives: a leaf of the answer, or something whose fields have resolvers of their own.
public enum Resolved: Sendable {
    case null
    case leaf(GraphQLValue)
    case object(any ObjectSource)
    case list([Resolved])
}

/// Anything that a resolver may return.
public protocol GraphQLOutput: Sendable {
    var resolved: Resolved { get }
}

/// What stands behind the objects of one type of the schema.
public protocol ObjectSource: GraphQLOutput {
    /// The object type, as the schema names it.
    static var typeName: String { get }
}

extension ObjectSource {
    public var resolved: Resolved { .object(self) }
    var typeName: String { Self.typeName }
}

extension Resolved: GraphQLOutput { public var resolved: Resolved { self } }
extension GraphQLValue: GraphQLOutput { public var resolved: Resolved { self.isNull ? .null : .leaf(self) } }
extension String: GraphQLOutput { public var resolved: Resolved { .leaf(.string(self)) } }
extension Int: GraphQLOutput { public var resolved: Resolved { .leaf(.int(self)) } }
extension Double: GraphQLOutput { public var resolved: Resolved { .leaf(.double(self)) } }
extension Bool: GraphQLOutput { public var resolved: Resolved { .leaf(.bool(self)) } }
extension Optional: GraphQLOutput where Wrapped: GraphQLOutput {
    public var resolved: Resolved { self?.resolved ?? .null }
}
extension Array: GraphQLOutput where Element: GraphQLOutput {
    public var resolved: Resolved { .list(self.map(\.resolved)) }
}
