/// Schemas in their own language (GraphQL §3).
extension Parser {
    mutating func parseExtension() throws(GraphQLError) -> TypeSystemDefinition {
        let start = try self.advance().offset
        guard self.token.kind == .name, self.token.text != "directive" else { throw self.unexpected() }
        var definition = try self.parseTypeSystem(nil, at: start, isExtension: true)
        definition.isExtension = true
        return definition
    }

    mutating func parseTypeSystem(
        _ description: String?, at offset: Int, isExtension: Bool = false
    ) throws(GraphQLError) -> TypeSystemDefinition {
        let keyword = self.token
        try self.advance()
        if keyword.text == "directive" { return try self.parseDirectiveDefinition(description, at: offset) }
        if keyword.text == "schema" { return try self.parseSchema(description, at: offset, isExtension) }
        let name = try self.parseName()
        var interfaces: [Name] = []
        if keyword.text == "type" || keyword.text == "interface" { interfaces = try self.parseInterfaces() }
        let directives = try self.parseDirectives(isConst: true)
        let kind: TypeSystemDefinition.Kind
        switch keyword.text {
        case "scalar": kind = .scalar
        case "type": kind = .object(interfaces: interfaces, fields: try self.parseFields())
        case "interface": kind = .interface(interfaces: interfaces, fields: try self.parseFields())
        case "union": kind = .union(members: try self.parseMembers())
        case "enum":
            kind = .enumeration(
                values: try self.optionalMany(.openBrace, .closeBrace) {
                    (parser) throws(GraphQLError) in try parser.parseEnumValue()
                })
        case "input":
            kind = .input(
                fields: try self.optionalMany(.openBrace, .closeBrace) {
                    (parser) throws(GraphQLError) in try parser.parseInputValue()
                })
        default: throw self.unexpected(keyword)
        }
        return TypeSystemDefinition(
            kind: kind, name: name, description: description, directives: directives, isExtension: false,
            offset: offset)
    }

    private mutating func parseSchema(
        _ description: String?, at offset: Int, _ isExtension: Bool
    ) throws(GraphQLError) -> TypeSystemDefinition {
        let directives = try self.parseDirectives(isConst: true)
        let item: (inout Parser) throws(GraphQLError) -> (OperationKind, Name) = { (parser) throws(GraphQLError) in
            let keyword = parser.token
            guard let kind = OperationKind(rawValue: try parser.parseName().text) else {
                throw parser.unexpected(keyword)
            }
            try parser.expect(.colon)
            return (kind, try parser.parseName())
        }
        let operations =
            isExtension
            ? try self.optionalMany(.openBrace, .closeBrace, item) : try self.many(.openBrace, .closeBrace, item)
        return TypeSystemDefinition(
            kind: .schema(operations: operations), name: Name(text: "", offset: offset), description: description,
            directives: directives, isExtension: false, offset: offset)
    }

    private mutating func parseInterfaces() throws(GraphQLError) -> [Name] {
        guard try self.skip(keyword: "implements") else { return [] }
        _ = try self.skip(.ampersand)
        var interfaces: [Name] = []
        repeat { interfaces.append(try self.parseName()) } while try self.skip(.ampersand)
        return interfaces
    }

    private mutating func parseMembers() throws(GraphQLError) -> [Name] {
        guard try self.skip(.equals) else { return [] }
        _ = try self.skip(.pipe)
        var members: [Name] = []
        repeat { members.append(try self.parseName()) } while try self.skip(.pipe)
        return members
    }

    private mutating func parseFields() throws(GraphQLError) -> [FieldDefinitionNode] {
        try self.optionalMany(.openBrace, .closeBrace) { (parser) throws(GraphQLError) in
            let description = try parser.parseDescription()
            let name = try parser.parseName()
            let arguments = try parser.optionalMany(.openParenthesis, .closeParenthesis) {
                (parser) throws(GraphQLError) in try parser.parseInputValue()
            }
            try parser.expect(.colon)
            return FieldDefinitionNode(
                description: description, name: name, arguments: arguments, type: try parser.parseType(),
                directives: try parser.parseDirectives(isConst: true))
        }
    }

    private mutating func parseInputValue() throws(GraphQLError) -> InputValueNode {
        let description = try self.parseDescription()
        let name = try self.parseName()
        try self.expect(.colon)
        let type = try self.parseType()
        let defaultValue = try self.skip(.equals) ? try self.parseValue(isConst: true) : nil
        return InputValueNode(
            description: description, name: name, type: type, defaultValue: defaultValue,
            directives: try self.parseDirectives(isConst: true))
    }

    private mutating func parseEnumValue() throws(GraphQLError) -> EnumValueNode {
        let description = try self.parseDescription()
        if ["true", "false", "null"].contains(self.token.text), self.token.kind == .name {
            throw self.error("Name '\(self.token.text)' is reserved and cannot be used for an enum value.")
        }
        return EnumValueNode(
            description: description, name: try self.parseName(), directives: try self.parseDirectives(isConst: true))
    }

    private mutating func parseDirectiveDefinition(
        _ description: String?, at offset: Int
    ) throws(GraphQLError) -> TypeSystemDefinition {
        try self.expect(.at)
        let name = try self.parseName()
        let arguments = try self.optionalMany(.openParenthesis, .closeParenthesis) {
            (parser) throws(GraphQLError) in try parser.parseInputValue()
        }
        let isRepeatable = try self.skip(keyword: "repeatable")
        try self.expect(keyword: "on")
        _ = try self.skip(.pipe)
        var locations: [Name] = []
        repeat {
            guard DirectiveLocation(rawValue: self.token.text) != nil else { throw self.unexpected() }
            locations.append(try self.parseName())
        } while try self.skip(.pipe)
        return TypeSystemDefinition(
            kind: .directive(arguments: arguments, isRepeatable: isRepeatable, locations: locations), name: name,
            description: description, directives: [], isExtension: false, offset: offset)
    }
}
