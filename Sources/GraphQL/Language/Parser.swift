/// Reads documents: operations, fragments and type systems (GraphQL §2, §3).
///
/// Recursive, within a limit of depth that keeps hostile documents off the stack's end.
public struct Parser {
    private var lexer: Lexer
    private(set) var token = Token(kind: .endOfFile, offset: 0)
    private var ahead: Token?
    private let limits: GraphQLLimits
    private var tokenCount = 0
    private var depth = 0
    private(set) var directiveCount = 0

    let source: Source

    private init(_ source: Source, _ limits: GraphQLLimits) {
        self.source = source
        self.lexer = Lexer(source)
        self.limits = limits
    }

    /// - Throws: a syntax error with its place, or that the document is beyond a limit.
    public static func parse(_ text: String, limits: GraphQLLimits = GraphQLLimits()) throws(GraphQLError) -> Document {
        var parser = Parser(Source(text), limits)
        try parser.advance()
        var definitions: [Definition] = []
        repeat {
            definitions.append(try parser.parseDefinition())
        } while parser.token.kind != .endOfFile
        return Document(
            definitions: definitions, source: parser.source, directiveCount: parser.directiveCount)
    }

    // MARK: Tokens

    @discardableResult
    mutating func advance() throws(GraphQLError) -> Token {
        let last = self.token
        if let ahead {
            self.token = ahead
            self.ahead = nil
        } else {
            self.token = try self.lexNext()
        }
        return last
    }

    private mutating func lexNext() throws(GraphQLError) -> Token {
        self.tokenCount += 1
        guard self.tokenCount <= self.limits.tokenCountMax + 1 else {
            throw self.source.syntaxError(
                "Document contains more than \(self.limits.tokenCountMax) tokens. Parsing aborted.",
                at: self.token.offset)
        }
        return try self.lexer.next()
    }

    mutating func peekNext() throws(GraphQLError) -> Token {
        if let ahead { return ahead }
        let next = try self.lexNext()
        self.ahead = next
        return next
    }

    func isAt(_ mark: Token.StaticPunctuator) -> Bool { self.token.kind == .punctuator(mark) }
    func isAt(keyword: String) -> Bool { self.token.kind == .name && self.token.text == keyword }

    mutating func skip(_ mark: Token.StaticPunctuator) throws(GraphQLError) -> Bool {
        guard self.isAt(mark) else { return false }
        try self.advance()
        return true
    }

    mutating func skip(keyword: String) throws(GraphQLError) -> Bool {
        guard self.isAt(keyword: keyword) else { return false }
        try self.advance()
        return true
    }

    mutating func expect(_ mark: Token.StaticPunctuator) throws(GraphQLError) {
        guard try self.skip(mark) else {
            throw self.error("Expected '\(mark.rawValue)', found \(self.token.description).")
        }
    }

    mutating func expect(keyword: String) throws(GraphQLError) {
        guard try self.skip(keyword: keyword) else {
            throw self.error("Expected '\(keyword)', found \(self.token.description).")
        }
    }

    func unexpected(_ token: Token? = nil) -> GraphQLError {
        self.source.syntaxError("Unexpected \((token ?? self.token).description).", at: (token ?? self.token).offset)
    }

    func error(_ text: String) -> GraphQLError { self.source.syntaxError(text, at: self.token.offset) }

    mutating func nested<Result>(
        _ body: (inout Parser) throws(GraphQLError) -> Result
    ) throws(GraphQLError) -> Result {
        self.depth += 1
        defer { self.depth -= 1 }
        guard self.depth <= self.limits.nestingDepthMax else {
            throw self.error("Document nests deeper than \(self.limits.nestingDepthMax). Parsing aborted.")
        }
        return try body(&self)
    }

    /// One or more items between two marks.
    mutating func many<Item>(
        _ open: Token.StaticPunctuator, _ close: Token.StaticPunctuator,
        _ item: (inout Parser) throws(GraphQLError) -> Item
    ) throws(GraphQLError) -> [Item] {
        try self.expect(open)
        var items: [Item] = []
        repeat { items.append(try self.nested(item)) } while try !self.skip(close)
        return items
    }

    /// As ``many(_:_:_:)``, or nothing at all.
    mutating func optionalMany<Item>(
        _ open: Token.StaticPunctuator, _ close: Token.StaticPunctuator,
        _ item: (inout Parser) throws(GraphQLError) -> Item
    ) throws(GraphQLError) -> [Item] {
        self.isAt(open) ? try self.many(open, close, item) : []
    }

    mutating func parseName() throws(GraphQLError) -> Name {
        guard self.token.kind == .name else { throw self.error("Expected Name, found \(self.token.description).") }
        let token = try self.advance()
        return Name(text: token.text, offset: token.offset)
    }

    // MARK: Definitions

    private mutating func parseDefinition() throws(GraphQLError) -> Definition {
        let start = self.token
        if self.isAt(.openBrace) { return .operation(try self.parseOperation()) }
        let description = try self.parseDescription()
        guard self.token.kind == .name else { throw self.unexpected() }
        switch self.token.text {
        case "query", "mutation", "subscription": return .operation(try self.parseOperation(at: start.offset))
        case "fragment": return .fragment(try self.parseFragment(at: start.offset))
        case "extend" where description == nil: return .typeSystem(try self.parseExtension())
        case "schema", "scalar", "type", "interface", "union", "enum", "input", "directive":
            return .typeSystem(try self.parseTypeSystem(description, at: start.offset))
        default: throw self.unexpected()
        }
    }

    mutating func parseDescription() throws(GraphQLError) -> String? {
        guard self.token.kind == .string || self.token.kind == .blockString else { return nil }
        return try self.advance().text
    }

    private mutating func parseOperation(at offset: Int? = nil) throws(GraphQLError) -> OperationDefinition {
        let start = offset ?? self.token.offset
        if self.isAt(.openBrace) {
            return OperationDefinition(
                kind: .query, name: nil, variables: [], directives: [], selections: try self.parseSelections(),
                offset: start)
        }
        guard let kind = OperationKind(rawValue: try self.parseName().text) else { throw self.unexpected() }
        let name = self.token.kind == .name ? try self.parseName() : nil
        let variables = try self.optionalMany(.openParenthesis, .closeParenthesis) {
            (parser) throws(GraphQLError) in try parser.parseVariableDefinition()
        }
        return OperationDefinition(
            kind: kind, name: name, variables: variables, directives: try self.parseDirectives(isConst: false),
            selections: try self.parseSelections(), offset: start)
    }

    private mutating func parseVariableDefinition() throws(GraphQLError) -> VariableDefinition {
        let start = self.token.offset
        _ = try self.parseDescription()
        try self.expect(.dollar)
        let name = try self.parseName()
        try self.expect(.colon)
        let type = try self.parseType()
        let defaultValue = try self.skip(.equals) ? try self.parseValue(isConst: true) : nil
        return VariableDefinition(
            name: name, type: type, defaultValue: defaultValue, directives: try self.parseDirectives(isConst: true),
            offset: start)
    }

    private mutating func parseFragment(at offset: Int) throws(GraphQLError) -> FragmentDefinition {
        try self.expect(keyword: "fragment")
        if self.isAt(keyword: "on") { throw self.unexpected() }
        let name = try self.parseName()
        try self.expect(keyword: "on")
        return FragmentDefinition(
            name: name, typeCondition: try self.parseName(), directives: try self.parseDirectives(isConst: false),
            selections: try self.parseSelections(), offset: offset)
    }

    // MARK: Selections

    private mutating func parseSelections() throws(GraphQLError) -> [Selection] {
        try self.many(.openBrace, .closeBrace) { (parser) throws(GraphQLError) in try parser.parseSelection() }
    }

    private mutating func parseSelection() throws(GraphQLError) -> Selection {
        let start = self.token.offset
        guard try self.skip(.spread) else { return .field(try self.parseField()) }
        let hasCondition = try self.skip(keyword: "on")
        if !hasCondition, self.token.kind == .name {
            return .spread(
                FragmentSpreadNode(
                    name: try self.parseName(), directives: try self.parseDirectives(isConst: false), offset: start))
        }
        return .inline(
            InlineFragmentNode(
                typeCondition: hasCondition ? try self.parseName() : nil,
                directives: try self.parseDirectives(isConst: false), selections: try self.parseSelections(),
                offset: start))
    }

    private mutating func parseField() throws(GraphQLError) -> FieldNode {
        let start = self.token.offset
        let first = try self.parseName()
        let hasAlias = try self.skip(.colon)
        let name = hasAlias ? try self.parseName() : first
        let arguments = try self.parseArguments(isConst: false)
        let directives = try self.parseDirectives(isConst: false)
        let selections = self.isAt(.openBrace) ? try self.parseSelections() : []
        return FieldNode(
            alias: hasAlias ? first : nil, name: name, arguments: arguments, directives: directives,
            selections: selections, offset: start)
    }

    private mutating func parseArguments(isConst: Bool) throws(GraphQLError) -> [ArgumentNode] {
        try self.optionalMany(.openParenthesis, .closeParenthesis) { (parser) throws(GraphQLError) in
            try parser.parseArgument(isConst: isConst)
        }
    }

    private mutating func parseArgument(isConst: Bool) throws(GraphQLError) -> ArgumentNode {
        let name = try self.parseName()
        try self.expect(.colon)
        return ArgumentNode(name: name, value: try self.parseValue(isConst: isConst), offset: name.offset)
    }

    mutating func parseDirectives(isConst: Bool) throws(GraphQLError) -> [DirectiveNode] {
        var directives: [DirectiveNode] = []
        while self.isAt(.at) {
            let start = try self.advance().offset
            directives.append(
                DirectiveNode(
                    name: try self.parseName(), arguments: try self.parseArguments(isConst: isConst), offset: start))
            self.directiveCount += 1
        }
        return directives
    }

    // MARK: Values and types

    mutating func parseValue(isConst: Bool) throws(GraphQLError) -> ValueNode {
        let token = self.token
        func node(_ kind: ValueNode.Kind) -> ValueNode { ValueNode(kind: kind, offset: token.offset) }
        switch token.kind {
        case .punctuator(.openBracket):
            return node(
                .list(
                    try self.parseItems(.closeBracket) { (parser) throws(GraphQLError) in
                        try parser.parseValue(isConst: isConst)
                    }))
        case .punctuator(.openBrace):
            return node(
                .object(
                    try self.parseItems(.closeBrace) { (parser) throws(GraphQLError) in
                        try parser.parseArgument(isConst: isConst)
                    }))
        case .punctuator(.dollar):
            try self.advance()
            guard !isConst else {
                guard self.token.kind == .name else { throw self.unexpected(token) }
                throw self.source.syntaxError(
                    "Unexpected variable '$\(self.token.text)' in constant value.", at: token.offset)
            }
            return node(.variable(try self.parseName().text))
        case .int: return node(.int(try self.advance().text))
        case .float: return node(.float(try self.advance().text))
        case .string, .blockString: return node(.string(try self.advance().text))
        case .name:
            switch try self.advance().text {
            case "true": return node(.boolean(true))
            case "false": return node(.boolean(false))
            case "null": return node(.null)
            default: return node(.enumeration(token.text))
            }
        case .punctuator, .endOfFile: throw self.unexpected()
        }
    }

    /// Items up to `close`, perhaps none.
    private mutating func parseItems<Item>(
        _ close: Token.StaticPunctuator, _ item: (inout Parser) throws(GraphQLError) -> Item
    ) throws(GraphQLError) -> [Item] {
        try self.advance()
        var items: [Item] = []
        while try !self.skip(close) { items.append(try self.nested(item)) }
        return items
    }

    mutating func parseType() throws(GraphQLError) -> TypeNode {
        let start = self.token.offset
        let type: TypeNode
        if try self.skip(.openBracket) {
            let inner = try self.nested { (parser) throws(GraphQLError) in try parser.parseType() }
            try self.expect(.closeBracket)
            type = .list(inner, offset: start)
        } else {
            type = .named(try self.parseName())
        }
        return try self.skip(.bang) ? .nonNull(type, offset: start) : type
    }
}
