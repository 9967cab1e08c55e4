import GraphQL
import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import Node

/// Children of objects: what is found is compared with what a simple look at all values finds.
@Suite struct ChildrenSearchTests {
    /// One condition on one field, of values as they were uploaded.
    private struct Condition: CustomStringConvertible {
        let path: [String]
        let comparison: String
        let value: GraphQLValue
        let isAlternative: Bool

        init(_ random: inout SeededRandom) {
            let paths = [
                ["height"], ["name"], ["size", "area"], ["size", "is big"], ["size"], ["nothing"], ["speckle_type"],
            ]
            let values: [GraphQLValue] = [
                .int(7), .double(7.5), .int(0), .string("wall 4"), .string("tall"), .string(""), .bool(true), .null,
                .string("Base"),
            ]
            self.path = paths[Int(random.next() % UInt64(paths.count))]
            self.comparison = ["=", "!=", "<", "<=", ">", ">="][Int(random.next() % 6)]
            self.value = values[Int(random.next() % UInt64(values.count))]
            self.isAlternative = random.next() % 3 == 0
        }

        var argument: GraphQLValue {
            .object([
                "verb": .string(self.isAlternative ? "or" : "and"), "field": .string(self.path.joined(separator: ".")),
                "operator": .string(self.comparison), "value": self.value,
            ])
        }

        var description: String { "\(self.isAlternative ? "or" : "and") \(self.path) \(self.comparison) \(self.value)" }

        func holds(for object: GraphQLObject) -> Bool {
            guard let found = ChildrenSearchTests.value(at: self.path, in: object) else { return false }
            if self.comparison == "!=" { return !Self.isEqual(found, self.value) }
            if self.comparison == "=" { return Self.isEqual(found, self.value) }
            let order: Int?
            switch (found, self.value) {
            case (.string(let left), .string(let right)): order = left == right ? 0 : left < right ? -1 : 1
            case (.bool(let left), .bool(let right)): order = left == right ? 0 : right ? -1 : 1
            default:
                order = found.double.flatMap { left in
                    self.value.double.map { left == $0 ? 0 : left < $0 ? -1 : 1 }
                }
            }
            guard let order else { return false }
            return ["<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0][self.comparison] ?? false
        }

        private static func isEqual(_ left: GraphQLValue, _ right: GraphQLValue) -> Bool {
            left == right || (left.double != nil && left.double == right.double)
        }
    }

    fileprivate static func value(at path: [String], in object: GraphQLObject) -> GraphQLValue? {
        path.dropFirst().reduce(object[path[0]]) { $0?.object?[$1] }
    }

    /// In disjunctive form: `or` begins a new group.
    private static func matches(_ conditions: [Condition], _ object: GraphQLObject) -> Bool {
        var groups: [[Condition]] = []
        for condition in conditions {
            if groups.isEmpty || condition.isAlternative {
                groups.append([condition])
            } else {
                groups[groups.count - 1].append(condition)
            }
        }
        return groups.isEmpty || groups.contains { $0.allSatisfy { $0.holds(for: object) } }
    }

    /// The place of a value among others: text, numbers, truth, null, lists and objects; equal ones have the same.
    private static func rank(_ value: GraphQLValue) -> (Int, Double, String) {
        switch value {
        case .string(let text): (0, 0, text)
        case .bool(let flag): (2, flag ? 1 : 0, "")
        case .null: (3, 0, "")
        case .list, .object: (4, 0, "")
        default: (1, value.double ?? 0, "")
        }
    }

    private func expected(
        _ tree: ObjectTree, depth: Int, _ conditions: [Condition], order: [String]?, isDescending: Bool
    ) -> [ObjectID] {
        let found = tree.children.filter { $0.value.depth < depth && Self.matches(conditions, $0.value.value) }
        func key(_ id: ObjectID) -> (Int, Double, String)? {
            order.flatMap { path in found[id].flatMap { Self.value(at: path, in: $0.value) } }.map(Self.rank)
        }
        return found.keys.sorted { left, right in
            switch (key(left), key(right)) {
            case (let first?, let second?) where first != second: (first < second) != isDescending
            case (_?, nil): true
            case (nil, _?): false
            default: left < right
            }
        }
    }

    @Test("pages are those of a search through all values, whatever is asked for", arguments: 0..<60 as Range<UInt64>)
    func matchesOracle(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let tree = try await ObjectTree(
            childCount: Int(random.next() % 200), seed: seed, lackingCount: Int(random.next() % 4))
        for _ in 0..<12 {
            let conditions = (0..<(random.next() % 4)).map { _ in Condition(&random) }
            let orders = [nil, ["height"], ["name"], ["size", "area"]]
            let order = orders[Int(random.next() % 4)]
            let isDescending = random.next() % 2 == 0
            let depth = Int(random.next() % 14) + 1
            let limit = Int(random.next() % 40) + 1
            var arguments: GraphQLObject = ["limit": .int(limit), "depth": .int(depth)]
            if !conditions.isEmpty { arguments["query"] = .list(conditions.map(\.argument)) }
            if let order {
                arguments["orderBy"] = .object([
                    "field": .string(order.joined(separator: ".")),
                    "direction": .string(isDescending ? "desc" : "asc"),
                ])
            }
            let found = try await tree.allPages(arguments)
            let expected = self.expected(tree, depth: depth, conditions, order: order, isDescending: isDescending)
            #expect(found.ids == expected, "seed \(seed): \(conditions), \(String(describing: order)), depth \(depth)")
            #expect(found.pageCount == max(1, (expected.count + limit - 1) / limit), "no page is short but the last")
            #expect(found.totalCounts.count == 1, "the count is the same on each page")
            if !conditions.isEmpty || order != nil { #expect(found.totalCounts == [expected.count]) }
        }
    }

    @Test("depths are numbers: 50 does not leave 6 to 9 out")
    func depthsAreNumbers() async throws {
        let tree = try await ObjectTree(childCount: 300, seed: 1)
        #expect(Set(tree.children.values.map(\.depth)) == Set(1...12))
        #expect(try await tree.page(["limit": .int(1000), "depth": .int(50)]).ids.count == 300)
        #expect(try await tree.page(["limit": .int(1000), "depth": .int(1000)]).ids.count == 300)
        #expect(try await tree.page(["depth": .int(1)]).totalCount == 0)
        let (few, all) = (try await tree.page([:]), try await tree.page(["depth": .int(0), "limit": .int(1000)]))
        #expect(few.ids.count == 50 && few.totalCount == 300 && all.ids.count == 300 && all.cursor == nil)
    }

    @Test(
        "what means nothing is refused",
        arguments: [
            ["limit": .int(-1)], ["limit": .int(10_001)], ["depth": .int(-1)], ["cursor": .string("x")],
            ["cursor": .string("00000000000000000000000000000000")], ["select": .list([.string("a..b")])],
            ["query": .list([.object(["field": .string("a"), "operator": .string("~"), "value": .int(1)])])],
            ["query": .list([.object(["field": .string("a"), "operator": .string("="), "value": .list([])])])],
            ["query": .list([.object(["operator": .string("="), "value": .int(1)])])],
            ["query": .list([.object(["field": .string(""), "operator": .string("="), "value": .int(1)])])],
            [
                "query": .list([
                    .object(["field": .string("a"), "operator": .string("="), "value": .int(1), "verb": .string("nor")])
                ])
            ],
            ["orderBy": .object([:])], ["orderBy": .object(["field": .string("a"), "direction": .string("up")])],
        ] as [GraphQLObject])
    func refusals(_ arguments: GraphQLObject) async throws {
        let tree = try await ObjectTree(childCount: 3, seed: 2)
        await #expect(throws: DomainError.self) { try await tree.page(arguments) }
    }

    @Test("a request that would read too much is told so")
    func budget() async throws {
        let tree = try await ObjectTree(childCount: 200, seed: 3)
        try tree.objects.budget.read(Limits.objectsReadByteCountMax - 20_000)
        await #expect(throws: DomainError.self) {
            try await tree.page(["query": .list([]), "orderBy": .object(["field": .string("name")])])
        }
        #expect(throws: DomainError.self) { try tree.objects.budget.read(Limits.objectsReadByteCountMax) }
    }
}
