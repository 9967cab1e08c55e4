import GraphQL
import ObjectModel
import Storage

/// Which children of an object are asked for, in which order, and what of them (`Object.children`).
struct ChildrenQuery: Equatable, Sendable {
    struct Order: Equatable, Sendable {
        var path: [String]
        var isDescending: Bool
    }

    /// What `limit` and `depth` mean when they are 0, as for Speckle's server.
    private static let limitOfZero = 50
    private static let depthOfZero = 1000

    var limit: Int
    /// Only children that fewer references than this lead to.
    var depth: Int
    /// What of each object is given; `nil` gives all.
    var selection: [[String]]?
    /// Only children after this one.
    var cursor: ObjectID?
    var filter: ChildrenFilter
    /// `nil` orders by ids.
    var order: Order?

    /// - Throws: ``DomainError``.
    init(_ arguments: GraphQLObject) throws {
        let limit = arguments["limit"]?.int ?? 0
        let depth = arguments["depth"]?.int ?? 0
        guard (0...Limits.childrenPageCountMax).contains(limit), depth >= 0 else {
            throw DomainError(
                .badRequest,
                "Cannot return more than \(Limits.childrenPageCountMax) items at a time. Please use pagination.")
        }
        self.limit = limit == 0 ? Self.limitOfZero : limit
        self.depth = depth == 0 ? Self.depthOfZero : depth
        self.cursor = try arguments["cursor"]?.string.map(Self.cursor)
        self.filter = try ChildrenFilter(arguments["query"]?.list ?? [])
        self.order = try arguments["orderBy"]?.object.map(Self.order)
        let selected = (arguments["select"]?.list ?? []).compactMap(\.string)
        guard selected.count <= Limits.objectPathCountMax else {
            throw DomainError(.userInput, "At most \(Limits.objectPathCountMax) fields can be selected.")
        }
        guard !selected.isEmpty else { return }
        self.selection = try selected.map { try Self.path($0) }
        if let order, self.selection?.contains(order.path) == false { self.selection?.append(order.path) }
    }

    /// Whether texts of children must be read to know which ones are meant.
    var isSearch: Bool { !self.filter.isEmpty || self.order != nil }

    private static func cursor(_ text: String) throws -> ObjectID {
        guard let id = ObjectID(hex: text) else { throw self.invalidCursor }
        return id
    }

    static var invalidCursor: DomainError { DomainError(.invalidCursor, "The cursor is not valid.") }

    private static func order(_ object: GraphQLObject) throws -> Order {
        let direction = object["direction"]?.string?.lowercased() ?? "asc"
        guard let field = object["field"]?.string, direction == "asc" || direction == "desc" else {
            throw DomainError(.userInput, "orderBy must have a field, and asc or desc as its direction.")
        }
        return Order(path: try self.path(field), isDescending: direction == "desc")
    }

    /// The names of a path that are parted by dots.
    static func path(_ text: String) throws -> [String] {
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.count <= Limits.objectPathNameCountMax, !names.contains("") else {
            throw DomainError(.userInput, "'\(text.prefix(100))' is no path: names with dots between them.")
        }
        return names
    }
}
