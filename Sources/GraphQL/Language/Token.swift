/// A lexical element of a document (GraphQL §2.1).
struct Token: Equatable {
    enum Kind: Equatable {
        case endOfFile
        case punctuator(StaticPunctuator)
        case name
        case int
        case float
        case string
        case blockString
    }

    enum StaticPunctuator: String {
        case bang = "!"
        case dollar = "$"
        case ampersand = "&"
        case openParenthesis = "("
        case closeParenthesis = ")"
        case spread = "..."
        case colon = ":"
        case equals = "="
        case at = "@"
        case openBracket = "["
        case closeBracket = "]"
        case openBrace = "{"
        case pipe = "|"
        case closeBrace = "}"
    }

    var kind: Kind
    /// Where it starts, in bytes.
    var offset: Int
    /// The name, the digits, or the string's value.
    var text = ""

    /// The token as errors name it.
    var description: String {
        switch self.kind {
        case .endOfFile: "<EOF>"
        case .punctuator(let mark): "'\(mark.rawValue)'"
        case .name: "Name '\(self.text)'"
        case .int: "Int '\(self.text)'"
        case .float: "Float '\(self.text)'"
        case .string: "String '\(self.text)'"
        case .blockString: "BlockString '\(self.text)'"
        }
    }
}
