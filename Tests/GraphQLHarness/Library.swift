import GraphQL

/// The library of `Tests/Conformance/graphql/schema.graphql`, with the same content as in `compare.py`.
struct Person: ObjectSource {
    static let typeName = "Person"
    let id: String
    let name: String
    let age: Int?
    let friends: [String]
    let best: String?
    let books: [Int]

    static let all = [
        Person(id: "1", name: "Ada", age: 36, friends: ["2", "3"], best: "2", books: [0, 1]),
        Person(id: "2", name: "Bob", age: nil, friends: ["1"], best: nil, books: []),
        Person(id: "3", name: "Cléo", age: 7, friends: [], best: "3", books: [2]),
    ]

    static func named(_ id: String) -> Person? { self.all.first { $0.id == id } }
}

struct Book: ObjectSource {
    static let typeName = "Book"
    let name: String
    let author: String
    let genre: String?

    static let all = [
        Book(name: "Notes", author: "1", genre: "TEXTBOOK"), Book(name: "Verses", author: "1", genre: "POETRY"),
        Book(name: "Untold", author: "3", genre: nil),
    ]
}

struct Car: ObjectSource { static let typeName = "Car" }
struct QueryRoot: ObjectSource { static let typeName = "Query" }
struct MutationRoot: ObjectSource { static let typeName = "Mutation" }

/// Counts the calls of one request.
actor Counter {
    private var count = 0

    func next() -> Int {
        self.count += 1
        return self.count
    }
}

enum Library {
    static func resolvers() -> ResolverMap<Counter> {
        var map = ResolverMap<Counter>()
        self.addRoots(to: &map)
        self.addPerson(to: &map)
        map.type(Book.self) { field in
            field("name") { source, arguments, _ in self.name(source.name, arguments) }
            field("author") { source, _, _ in Person.named(source.author) }
            field("pages") { _, _, _ in [1, 2, 3] }
            field("matrix") { _, _, _ in [[1, 2], [], [3]] }
            field("genre") { source, _, _ in source.genre }
        }
        map.type(Car.self) { field in
            field("model") { _, _, _ in "T" }
            field("wheels") { _, _, _ in 4 }
            field("owner") { _, _, _ in Person.all[0] }
        }
        return map
    }

    private static func name(_ name: String, _ arguments: GraphQLObject) -> String {
        arguments["upper"]?.bool ?? false ? name.uppercased() : name
    }

    private static func addPerson(to map: inout ResolverMap<Counter>) {
        map.type(Person.self) { field in
            field("id") { source, _, _ in source.id }
            field("name") { source, arguments, _ in self.name(source.name, arguments) }
            field("age") { source, _, _ in source.age }
            field("height") { _, arguments, _ in arguments["unit"]?.string == "FOOT" ? 5.5 : 1.75 }
            field("friends") { source, _, _ in source.friends.compactMap(Person.named) }
            field.together("best") { sources, _, _ in sources.map { $0.best.flatMap(Person.named) } }
            field.together("books") { sources, _, _ in sources.map { $0.books.map { Book.all[$0] } } }
            field("broken") { _, _, _ -> String? in throw GraphQLError("It is broken.") }
            field("brokenStrict") { _, _, _ -> String in throw GraphQLError("It is broken.") }
            field("old") { _, _, _ in nil as String? }
        }
    }

    private static func addRoots(to map: inout ResolverMap<Counter>) {
        map.type(QueryRoot.self) { field in
            field("person") { _, arguments, _ in Person.named(arguments["id"]?.string ?? "") }
            field("people") { _, _, _ in Person.all }
            field("things") { _, _, _ in [Person.all[0].resolved, Book.all[0].resolved, Car().resolved] }
            field("named") { _, _, _ in [Person.all[0].resolved, Book.all[0].resolved] }
            field("aged") { _, _, _ in Person.all[2] }
            field("book") { _, arguments, _ in
                Book(name: self.print(.object(arguments)), author: "1", genre: nil)
            }
            field("strict") { _, _, _ in Person.all[0] }
            for name in ["echo", "needs", "optional"] {
                field(name) { _, arguments, _ in self.print(.object(arguments)) }
            }
        }
        map.type(MutationRoot.self) { field in
            field("add") { _, _, _ in Book.all[0] }
            field("count") { _, _, counter in await counter.next() }
        }
        map.subscription("moved") { arguments, counter in
            AsyncThrowingStream { stream in
                let people = [Person.all[0], nil, Person.all[1], Person.all[2]]
                for person in people.dropFirst(arguments["after"]?.int ?? 0) {
                    stream.yield(Occurrence(person, context: counter))
                }
                stream.finish()
            }
        }
        map.subscription("added") { _, _ in throw GraphQLError("Nobody may listen.") }
    }

    /// Arguments as JSON with sorted names.
    private static func print(_ value: GraphQLValue) -> String {
        String(decoding: JSONWriter.encode(self.sorted(value)), as: UTF8.self)
    }

    private static func sorted(_ value: GraphQLValue) -> GraphQLValue {
        switch value {
        case .list(let items): return .list(items.map(self.sorted))
        case .object(let object):
            var sorted = GraphQLObject()
            for key in object.keys.sorted() { sorted[key] = self.sorted(object[key] ?? .null) }
            return .object(sorted)
        default: return value
        }
    }
}
