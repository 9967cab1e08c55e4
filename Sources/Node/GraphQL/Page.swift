import Foundation
import GraphQL
import ObjectModel
import Storage

/// One page of a list: how many items, and behind which.
struct Page: Sendable {
    var limit: Int
    var after: PageKey?

    /// The first items.
    init(limit: Int) { self.limit = limit }

    /// Reads `limit` and `cursor`.
    ///
    /// - Throws: ``DomainError``.
    init(_ arguments: GraphQLObject) throws {
        self.limit = try Self.limit(arguments)
        self.after = try arguments["cursor"]?.string.map(Self.key)
    }

    static func limit(_ arguments: GraphQLObject) throws -> Int {
        let limit = arguments["limit"]?.int ?? 25
        guard (0...Limits.pageItemCountMax).contains(limit) else {
            throw DomainError(
                .badRequest,
                "Cannot return more than \(Limits.pageItemCountMax) items at a time. Please use pagination.")
        }
        return limit
    }

    /// Reads `limit`, of which no more than `countMax` count, and `cursor`.
    ///
    /// - Throws: ``DomainError``.
    init(_ arguments: GraphQLObject, upTo countMax: Int, withoutLimit countDefault: Int) throws {
        self.limit = min(max(0, arguments["limit"]?.int ?? countDefault), countMax)
        self.after = try arguments["cursor"]?.string.map(Self.key)
    }

    static func key(_ cursor: String) throws -> PageKey {
        guard let data = Data(base64Encoded: cursor) else { throw DomainError(.userInput, "The cursor is not valid.") }
        let parts = String(decoding: data, as: UTF8.self).split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let time = Int64(parts[0]) else {
            throw DomainError(.userInput, "The cursor is not valid.")
        }
        return PageKey(time: Timestamp(millisecondsSinceEpoch: time), id: String(parts[1]))
    }

    /// The cursor behind an item; clients do not look into it.
    static func cursor(_ time: Timestamp, _ id: String) -> String {
        Data("\(time.millisecondsSinceEpoch) \(id)".utf8).base64EncodedString()
    }
}

extension Page {
    /// The page of a list that is at hand as a whole, newest first.
    ///
    /// - Parameter key: what an item is listed by, as ``PageKey``.
    func listing<Item>(of all: [Item], by key: (Item) -> (time: Timestamp, id: String)) -> Listing<Item> {
        let left = all.drop { item in self.after.map { key(item) >= ($0.time, $0.id) } ?? false }
        return Listing(items: Array(left.prefix(self.limit)), totalCount: all.count, by: key)
    }
}

/// One page of a list that is counted from its beginning: administrators' lists are shown by page numbers, too.
struct OffsetPage: Sendable {
    var offset: Int
    var limit: Int

    /// Reads `limit`, and `offset` or `cursor`.
    ///
    /// - Throws: ``DomainError``.
    init(_ arguments: GraphQLObject) throws {
        self.limit = try Page.limit(arguments)
        self.offset = max(0, arguments["offset"]?.int ?? 0)
        if let cursor = arguments["cursor"]?.string {
            guard let data = Data(base64Encoded: cursor), let offset = Int32(String(decoding: data, as: UTF8.self)),
                offset >= 0
            else { throw DomainError(.userInput, "The cursor is not valid.") }
            self.offset = Int(offset)
        }
    }

    /// - Parameter count: of the whole list.
    func listing<Item>(_ items: [Item], of count: Int) -> Listing<Item> {
        let end = self.offset + items.count
        return Listing(
            items: items, totalCount: count,
            cursor: items.isEmpty || end >= count ? nil : Data("\(end)".utf8).base64EncodedString())
    }
}

/// The items of one page, with what clients need to get the next.
struct Listing<Item: Sendable>: Sendable {
    var items: [Item]
    var totalCount: Int
    var cursor: String?
}

extension Listing {
    /// - Parameter key: what an item is listed by, as ``PageKey``.
    init(items: [Item], totalCount: Int, by key: (Item) -> (time: Timestamp, id: String)) {
        self.init(items: items, totalCount: totalCount, cursor: items.last.map(key).map(Page.cursor))
    }
}

extension ResolverMap.Fields {
    /// The fields that every listing has.
    mutating func addListing<Item, Output: GraphQLOutput>(
        _ listing: @escaping @Sendable (Source) -> Listing<Item>, of output: @escaping @Sendable (Item) -> Output
    ) {
        self("totalCount") { source, _, _ in listing(source).totalCount }
        self("cursor") { source, _, _ in listing(source).cursor }
        self("items") { source, _, _ in listing(source).items.map(output) }
    }
}
