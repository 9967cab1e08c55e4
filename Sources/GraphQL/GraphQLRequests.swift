/// What one request over HTTP asks: one operation, or a list of them.
public struct GraphQLRequests: Equatable, Sendable {
    /// In their order; never empty.
    public var items: [GraphQLRequest]
    /// They came as a list, and are answered by a list.
    public var isList: Bool

    /// Reads the body of a POST: one request, or a list of at most ``GraphQLLimits/listCountMax``.
    ///
    /// - Throws: an error with the code `BAD_REQUEST`.
    public init(json bytes: [UInt8], limits: GraphQLLimits) throws(GraphQLError) {
        let value = try Self.decode(bytes, "The request's body", limits)
        guard case .list(let values) = value else {
            self.items = [try GraphQLRequest(value)]
            self.isList = false
            return
        }
        guard (1...limits.listCountMax).contains(values.count) else {
            throw GraphQLError(
                "A list has one to \(limits.listCountMax) requests, not \(values.count).", code: .badRequest)
        }
        self.items = []
        for value in values { self.items.append(try GraphQLRequest(value)) }
        self.isList = true
    }

    /// Reads the parameters of a GET: `query`, `operationName`, and `variables` as JSON.
    ///
    /// - Parameter parameter: the decoded value of a parameter, `nil` for one that is not given.
    /// - Throws: an error with the code `BAD_REQUEST`.
    public init(parameters parameter: (String) -> String?, limits: GraphQLLimits) throws(GraphQLError) {
        var object = GraphQLObject()
        for name in ["query", "operationName"] {
            if let text = parameter(name) { object[name] = .string(text) }
        }
        if let text = parameter("variables"), !text.isEmpty {
            object["variables"] = try Self.decode(Array(text.utf8), "The parameter \"variables\"", limits)
        }
        self.items = [try GraphQLRequest(.object(object))]
        self.isList = false
    }

    private static func decode(
        _ bytes: [UInt8], _ place: String, _ limits: GraphQLLimits
    ) throws(GraphQLError) -> GraphQLValue {
        do throws(JSONError) {
            return try JSONReader.decode(bytes, depthMax: limits.valueDepthMax)
        } catch {
            let problem = error.isTooDeep ? "nests too deep" : "is not JSON"
            throw GraphQLError("\(place) \(problem) (byte \(error.offset)).", code: .badRequest)
        }
    }
}
