/// How much one request may ask for. Each limit has an error that names it.
public struct GraphQLLimits: Equatable, Sendable {
    /// Tokens of a document.
    public var tokenCountMax = 20_000
    /// How deep braces, brackets and parentheses may nest.
    public var nestingDepthMax = 200
    /// How deep fields may nest.
    public var fieldDepthMax = 40
    /// Aliases of one operation, fragments included each time.
    public var aliasCountMax = 500
    /// Directives of a document.
    public var directiveCountMax = 500
    /// Fields of one operation, fragments included each time, and times `limit` below a list.
    public var costMax = 500_000
    /// Errors of validation that are told.
    public var errorCountMax = 100
    /// How deep a value in JSON may nest.
    public var valueDepthMax = 64
    /// Requests of a list, which come and are answered together.
    public var listCountMax = 50
    /// Documents that are kept parsed.
    public var cachedDocumentCountMax = 1000
    /// Longer documents are not kept, in bytes.
    public var cachedDocumentByteCountMax = 64 << 10

    public init() {}
}
