import GraphQL
import ObjectModel
import ObjectStorage
import Storage
import StorageTestKit

@testable import Node

/// A tree of objects with fields of every kind, in a store, and as values that a test can look at by itself.
struct ObjectTree {
    static let project = ProjectID(rawValue: "aaaaaaaaaa")

    let root: ObjectID
    /// All but the root, with the number of references that lead to each.
    private(set) var children: [ObjectID: (value: GraphQLObject, depth: Int)] = [:]
    let objects: ProjectObjects

    /// - Parameter lackingCount: children that the closure names, but that are not stored.
    init(childCount: Int, seed: UInt64, lackingCount: Int = 0) async throws {
        var random = SeededRandom(seed: seed)
        var closure: [String] = []
        var texts: [String] = []
        for number in 0..<childCount {
            let id = ObjectID(high: random.next(), low: random.next())
            let depth = Int(random.next() % 12) + 1
            closure.append(#""\#(id)":\#(depth)"#)
            guard number >= lackingCount else { continue }
            let text = #"{"id":"\#(id)","speckle_type":"Base"\#(Self.fields(&random))}"#
            texts.append(text)
            self.children[id] = (try Self.value(text), depth)
        }
        self.root = ObjectID(high: random.next(), low: random.next())
        texts.append(#"{"id":"\#(self.root)","__closure":{\#(closure.joined(separator: ","))}}"#)
        self.objects = ProjectObjects(
            project: Self.project, store: try await Self.store(of: texts), closures: ClosureCache(),
            budget: AnswerBudget())
    }

    private static func store(of texts: [String]) async throws -> BlockStore {
        let store = try BlockStore(
            segments: MemorySegments(byteCountMax: 1 << 20), manifest: MemoryBlockManifest(), indexDirectory: nil,
            settings: BlockSettings(rawByteCountTarget: 4 << 10, level: 1))
        var ingest = store.ingest(into: self.project)
        var scanner = ObjectScanner()
        for text in texts {
            try Array(text.utf8).withUnsafeBytes { try ingest.add($0, try scanner.scan($0)) }
            try await ingest.flush()
        }
        _ = try await ingest.commit()
        return store
    }

    private static func value(_ text: String) throws -> GraphQLObject {
        try JSONReader.decode(Array(text.utf8), depthMax: 10).object ?? [:]
    }

    /// Some fields, or none, in any order; values that are equal, of other kinds, null or lists.
    private static func fields(_ random: inout SeededRandom) -> String {
        var fields = ""
        if random.next() % 5 > 0 { fields += #","height":\#(self.height(&random))"# }
        if random.next() % 3 > 0 { fields += #","name":"wall \#(random.next() % 9)""# }
        if random.next() % 3 > 0 {
            fields += #","size":{"area":\#(Int(random.next() % 7) - 3),"is big":\#(random.next() % 2 == 0)}"#
        }
        return fields
    }

    private static func height(_ random: inout SeededRandom) -> String {
        switch random.next() % 10 {
        case 0: "null"
        case 1: #""tall""#
        case 2: "[1]"
        case 3: "true"
        case 4: "1.50e1"
        default: "\(random.next() % 20)"
        }
    }

    /// One page, as the API gives it.
    func page(_ arguments: GraphQLObject) async throws -> ChildrenPage {
        let search = ChildrenSearch(
            self.objects, try ChildrenQuery(arguments), in: try await self.objects.closure(of: self.root))
        return try await search.page()
    }

    /// All pages, one after the other.
    func allPages(_ arguments: GraphQLObject) async throws -> (ids: [ObjectID], totalCounts: Set<Int>, pageCount: Int) {
        var (ids, totalCounts, pageCount, arguments): ([ObjectID], Set<Int>, Int, _) = ([], [], 0, arguments)
        repeat {
            let page = try await self.page(arguments)
            ids += page.ids
            totalCounts.insert(page.totalCount)
            pageCount += 1
            arguments["cursor"] = page.cursor.map { .string($0) }
        } while arguments["cursor"] != nil
        return (ids, totalCounts, pageCount)
    }
}
