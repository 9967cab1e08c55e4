/// One request as it comes over HTTP.
public struct GraphQLRequest: Equatable, Sendable {
    public var query: String
    public var operationName: String?
    public var variables: GraphQLObject

    public init(query: String, operationName: String? = nil, variables: GraphQLObject = [:]) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
    }

    /// Reads `{"query": …, "operationName": …, "variables": …}`.
    ///
    /// - Throws: an error with the code `BAD_REQUEST`.
    public init(_ value: GraphQLValue) throws(GraphQLError) {
        guard case .object(let object) = value, case .string(let query)? = object["query"] else {
            throw GraphQLError("The request must be an object with a \"query\".", code: .badRequest)
        }
        switch object["operationName"] {
        case nil, .null: self.operationName = nil
        case .string(let name): self.operationName = name
        default: throw GraphQLError("\"operationName\" must be a string.", code: .badRequest)
        }
        switch object["variables"] {
        case nil, .null: self.variables = [:]
        case .object(let variables): self.variables = variables
        default: throw GraphQLError("\"variables\" must be an object.", code: .badRequest)
        }
        self.query = query
    }

    /// The request in the form that ``init(_:)`` reads.
    public var json: [UInt8] {
        var object: GraphQLObject = ["query": .string(self.query), "variables": .object(self.variables)]
        if let operationName { object["operationName"] = .string(operationName) }
        return JSONWriter.encode(.object(object))
    }
}

/// The answer to one request (GraphQL §7).
public struct GraphQLResponse: Equatable, Sendable {
    /// `nil` when the request could not be run at all.
    public var data: GraphQLValue?
    public var errors: [GraphQLError]

    public init(data: GraphQLValue?, errors: [GraphQLError] = []) {
        self.data = data
        self.errors = errors
    }

    /// The answer as JSON.
    public var json: [UInt8] {
        var object = GraphQLObject()
        if !self.errors.isEmpty { object["errors"] = .list(self.errors.map(\.value)) }
        if let data { object["data"] = data }
        return JSONWriter.encode(.object(object))
    }
}

extension GraphQLError {
    /// An error as it stands in another server's answer, without its places; `nil` when it is none.
    public init?(_ value: GraphQLValue) {
        guard let object = value.object, let message = object["message"]?.string else { return nil }
        self.init(message, extensions: object["extensions"]?.object ?? [:])
    }

    /// The error as it stands in an answer.
    public var value: GraphQLValue {
        var object: GraphQLObject = ["message": .string(self.message)]
        if !self.locations.isEmpty {
            object["locations"] = .list(
                self.locations.map { .object(["line": .int($0.line), "column": .int($0.column)]) })
        }
        if !self.path.isEmpty {
            object["path"] = .list(
                self.path.map { step in
                    switch step {
                    case .key(let key): .string(key)
                    case .index(let index): .int(index)
                    }
                })
        }
        if !self.extensions.isEmpty { object["extensions"] = .object(self.extensions) }
        return .object(object)
    }
}

extension GraphQLRequest {
    /// Whether it changes nothing: all of its operations are queries. What cannot be read may be anything.
    public func onlyReads(limits: GraphQLLimits = GraphQLLimits()) -> Bool {
        guard let document = try? Parser.parse(self.query, limits: limits) else { return false }
        return document.operations.allSatisfy { $0.kind == .query }
    }

    /// Whether it asks to be told of what happens. What cannot be read does not.
    public func subscribes(limits: GraphQLLimits = GraphQLLimits()) -> Bool {
        guard let document = try? Parser.parse(self.query, limits: limits) else { return false }
        return document.operations.contains { operation in
            operation.kind == .subscription && (self.operationName == nil || operation.name?.text == self.operationName)
        }
    }

    /// The different fields of the two outermost levels of a request with one mutation, each as a path.
    ///
    /// - Returns: `nil` for any other request, and one that uses fragments there.
    public func mutationPaths(limits: GraphQLLimits = GraphQLLimits()) -> Set<[String]>? {
        guard let document = try? Parser.parse(self.query, limits: limits), let operation = document.operations.first,
            document.operations.count == 1, operation.kind == .mutation
        else { return nil }
        var paths: Set<[String]> = []
        for outer in operation.selections {
            guard case .field(let outer) = outer else { return nil }
            for inner in outer.selections {
                guard case .field(let inner) = inner else { return nil }
                paths.insert([outer.name.text, inner.name.text])
            }
            if outer.selections.isEmpty { paths.insert([outer.name.text]) }
        }
        return paths
    }
}
