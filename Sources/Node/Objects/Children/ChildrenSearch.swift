import ObjectModel
import Storage

/// One page of an object's children: their ids. Their texts are read when they are asked for.
struct ChildrenPage: Equatable, Sendable {
    var ids: [ObjectID]
    /// All that the query means, whichever page they are on.
    var totalCount: Int
    /// What to ask for the next page with; `nil` on the last one.
    var cursor: String?
}

/// Finds the children that a query means. Holds a page of them, and reads no more texts than it must: without a filter and an
/// order none at all.
struct ChildrenSearch {
    /// Ids that are looked up at a time to fill a page.
    private static let lookupCount = 1024

    private let objects: ProjectObjects
    private let query: ChildrenQuery
    /// The ids of those that are near enough, in their order.
    private let candidates: [ObjectID]

    /// - Parameter closure: of the object whose children are meant.
    init(_ objects: ProjectObjects, _ query: ChildrenQuery, in closure: ObjectClosure) {
        self.objects = objects
        self.query = query
        self.candidates =
            closure.depths.allSatisfy { Int($0) < query.depth }
            ? closure.ids : closure.ids.indices.filter { Int(closure.depths[$0]) < query.depth }.map { closure.ids[$0] }
    }

    /// - Throws: ``DomainError``, also for a query that would have to look at too much; ``StorageError``.
    func page() async throws -> ChildrenPage {
        if let cursor = self.query.cursor, !self.contains(cursor) { throw ChildrenQuery.invalidCursor }
        return try await self.query.isSearch ? self.search() : self.listing()
    }

    private func contains(_ id: ObjectID) -> Bool {
        let index = self.firstIndex { $0 >= id }
        return index < self.candidates.count && self.candidates[index] == id
    }

    private func firstIndex(where isBehind: (ObjectID) -> Bool) -> Int {
        var range = 0..<self.candidates.count
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            range = isBehind(self.candidates[middle]) ? range.lowerBound..<middle : (middle + 1)..<range.upperBound
        }
        return range.lowerBound
    }

    // MARK: All children

    private func listing() async throws -> ChildrenPage {
        var ids: [ObjectID] = []
        var index = self.query.cursor.map { cursor in self.firstIndex { $0 > cursor } } ?? 0
        // A tree that is not complete names some that the project lacks.
        while ids.count <= self.query.limit, index < self.candidates.count {
            let end = min(index + max(Self.lookupCount, self.query.limit + 1), self.candidates.count)
            ids += try await self.objects.present(of: Array(self.candidates[index..<end]))
            index = end
        }
        return self.page(ids, totalCount: self.candidates.count)
    }

    /// - Parameter ids: those of the page, and one more if there are any behind it.
    private func page(_ ids: [ObjectID], totalCount: Int) -> ChildrenPage {
        let page = Array(ids.prefix(self.query.limit))
        return ChildrenPage(
            ids: page, totalCount: totalCount, cursor: ids.count > page.count ? page.last?.hex : nil)
    }

    // MARK: Some, or in another order

    private func search() async throws -> ChildrenPage {
        guard self.candidates.count <= Limits.searchedChildrenCountMax else {
            throw DomainError(
                .badRequest,
                "The query would have to look at \(self.candidates.count) objects, of which at most "
                    + "\(Limits.searchedChildrenCountMax) are looked at. Give a smaller depth, or page through all "
                    + "children without query and orderBy.")
        }
        let (filter, order) = (self.query.filter, self.query.order)
        let paths = PropertyPaths(filter.paths + [order?.path].compactMap(\.self))
        let isDescending = order?.isDescending ?? false
        var best = FirstChildren(
            count: self.query.limit + 1, isDescending: isDescending, after: try await self.place(paths))
        var totalCount = 0
        try await self.objects.forEach(self.candidates) { id, text in
            let values = try Self.values(of: paths, in: text)
            guard filter.matches(values.prefix(filter.paths.count)) else { return }
            totalCount += 1
            best.insert(OrderedChild(key: self.key(of: values), id: id))
        }
        return self.page(best.ids, totalCount: totalCount)
    }

    /// What the children are ordered by, beside their ids.
    private func key(of values: [FieldValue]) -> FieldValue {
        self.query.order == nil ? .missing : values[self.query.filter.paths.count].orderKey
    }

    /// Where the page before ended. An object's values do not change: its id says enough.
    private func place(_ paths: PropertyPaths) async throws -> OrderedChild? {
        guard let cursor = self.query.cursor else { return nil }
        var place: OrderedChild?
        try await self.objects.forEach([cursor]) { id, text in
            place = OrderedChild(key: self.key(of: try Self.values(of: paths, in: text)), id: id)
        }
        guard let place else { throw ChildrenQuery.invalidCursor }
        return place
    }

    private static func values(of paths: PropertyPaths, in text: ArraySlice<UInt8>) throws -> [FieldValue] {
        try text.withUnsafeBytes { try paths.ranges(in: $0) }.map { range in
            range.map { FieldValue(json: text.dropFirst($0.lowerBound).prefix($0.count)) } ?? .missing
        }
    }
}

/// A child with what it is ordered by.
private struct OrderedChild {
    var key: FieldValue
    var id: ObjectID

    func precedes(_ other: OrderedChild, descending: Bool) -> Bool {
        if self.key.precedes(other.key, descending: descending) { return true }
        if other.key.precedes(self.key, descending: descending) { return false }
        return self.id < other.id
    }
}

/// The first few of many children behind a place, whatever order they come in.
private struct FirstChildren {
    let count: Int
    let isDescending: Bool
    let after: OrderedChild?
    private var children: [OrderedChild] = []

    init(count: Int, isDescending: Bool, after: OrderedChild?) {
        self.count = count
        self.isDescending = isDescending
        self.after = after
    }

    mutating func insert(_ child: OrderedChild) {
        if let after, !after.precedes(child, descending: self.isDescending) { return }
        self.children.append(child)
        if self.children.count >= 2 * self.count { self.shorten() }
    }

    private mutating func shorten() {
        let isDescending = self.isDescending
        self.children.sort { $0.precedes($1, descending: isDescending) }
        self.children.removeLast(max(0, self.children.count - self.count))
    }

    var ids: [ObjectID] {
        var sorted = self
        sorted.shorten()
        return sorted.children.map(\.id)
    }
}
