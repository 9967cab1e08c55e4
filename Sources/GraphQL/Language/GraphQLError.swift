/// A place in a document, counted from 1.
public struct SourceLocation: Hashable, Sendable {
    public var line: Int
    /// In characters (Unicode scalars).
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One step of the way from an answer's root to a value in it.
public enum PathElement: Hashable, Sendable {
    case key(String)
    case index(Int)
}

/// One entry of an answer's `errors` (GraphQL §7.1.2). Its text is meant for clients.
public struct GraphQLError: Error, Equatable, Sendable {
    public var message: String
    public var locations: [SourceLocation]
    public var path: [PathElement]
    /// With `code`, for programs.
    public var extensions: GraphQLObject

    public init(
        _ message: String, locations: [SourceLocation] = [], path: [PathElement] = [], extensions: GraphQLObject = [:]
    ) {
        self.message = message
        self.locations = locations
        self.path = path
        self.extensions = extensions
    }

    public init(
        _ message: String, code: ErrorCode, locations: [SourceLocation] = [], path: [PathElement] = []
    ) {
        self.init(message, locations: locations, path: path, extensions: ["code": .string(code.rawValue)])
    }

    /// The codes that the engine itself gives, as Apollo's servers name them.
    public enum ErrorCode: String, Sendable {
        case parseFailed = "GRAPHQL_PARSE_FAILED"
        case validationFailed = "GRAPHQL_VALIDATION_FAILED"
        case badUserInput = "BAD_USER_INPUT"
        case badRequest = "BAD_REQUEST"
        case operationResolution = "OPERATION_RESOLUTION_FAILURE"
        case internalError = "INTERNAL_SERVER_ERROR"
    }
}
