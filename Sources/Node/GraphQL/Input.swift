import GraphQL
import ObjectModel
import Storage

/// One input object of a mutation. Null means "not given": clients send all fields.
struct Input: Sendable {
    private let object: GraphQLObject

    init(_ arguments: GraphQLObject, _ name: String = "input") throws {
        guard let object = arguments[name]?.object else {
            throw DomainError(.userInput, "The input \(name) is missing.")
        }
        self.object = object
    }

    /// One of a list of inputs.
    init(item object: GraphQLObject) { self.object = object }

    /// An input that may be left out as a whole.
    init(optional arguments: GraphQLObject, _ name: String) {
        self.object = arguments[name]?.object ?? [:]
    }

    func string(_ name: String) -> String? { self.object[name]?.string }
    func object(_ name: String) -> GraphQLObject? { self.object[name]?.object }
    func list(_ name: String) -> [GraphQLValue]? { self.object[name]?.list }
    func double(_ name: String) -> Double? { self.object[name]?.double }
    func int(_ name: String) -> Int? { self.object[name]?.int }
    /// A BigInt: a whole number, or its digits as text, as clients in JavaScript send it.
    func bigInt(_ name: String) throws -> Int? {
        guard let value = self.object[name], !value.isNull else { return nil }
        guard let number = value.int ?? value.string.flatMap({ Int($0) }) else {
            throw DomainError(.userInput, "\(name) is not a whole number.")
        }
        return number
    }

    func bool(_ name: String) -> Bool? { self.object[name]?.bool }
    func strings(_ name: String) -> [String]? { self.object[name]?.list?.compactMap(\.string) }

    func require(_ name: String) throws -> String {
        guard let text = self.string(name) else { throw DomainError(.userInput, "\(name) is missing.") }
        return text
    }

    func id<ID: EntityID>(_ name: String, as type: ID.Type = ID.self) throws -> ID {
        ID(rawValue: try self.require(name))
    }

    func ids<ID: EntityID>(_ name: String, as type: ID.Type = ID.self) -> [ID] {
        (self.strings(name) ?? []).map(ID.init(rawValue:))
    }
}

extension GraphQLObject {
    /// An argument that the schema demands.
    func id<ID: EntityID>(_ name: String = "id", as type: ID.Type = ID.self) -> ID {
        ID(rawValue: self[name]?.string ?? "")
    }
}
