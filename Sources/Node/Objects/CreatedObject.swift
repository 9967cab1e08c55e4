import Crypto
import Foundation
import GraphQL
import ObjectModel
import Storage

/// An object that came as a value of GraphQL, in the form in which it is stored.
///
/// Its text is not the client's own: GraphQL has values, no texts. Uploads by `/objects` keep theirs.
struct CreatedObject: Equatable, Sendable {
    let id: ObjectID
    let text: [UInt8]

    /// - Throws: ``DomainError``.
    static func all(of values: [GraphQLValue]) throws -> [CreatedObject] {
        guard values.count <= Limits.createdObjectCountMax else {
            throw DomainError(
                .objectHandling, "At most \(Limits.createdObjectCountMax) objects are stored at a time. Use /objects.")
        }
        return try values.map { value in
            guard let object = value.object else {
                throw DomainError(.objectHandling, "Each of the objects must be an object.")
            }
            return try CreatedObject(object)
        }
    }

    /// Its `hash` or its `id` is its id; without either the MD5 of its text, as JavaScript writes it.
    ///
    /// - Throws: ``DomainError``.
    init(_ object: GraphQLObject) throws {
        let given = [object["hash"], object["id"]].compactMap(\.self).first { !$0.isNull && $0.string != "" }
        if let given {
            guard let id = given.string.flatMap({ ObjectID(hex: $0) }) else {
                throw DomainError(.objectHandling, "An object's id must be 32 lower-case hexadecimal digits.")
            }
            self.id = id
        } else {
            let text = JSONWriter.encode(JavaScriptForm.value(of: .object(object)))
            self.id = Insecure.MD5.hash(data: text).withUnsafeBytes { ObjectID(binaryIn: $0, at: 0) }
        }
        var stored: GraphQLObject = ["id": .string(self.id.hex)]
        for (name, value) in object.pairs where name != "id" { stored[name] = value }
        // One that is empty, or null, would be no id.
        if object["hash"] != nil { stored["hash"] = .string(self.id.hex) }
        self.text = JSONWriter.encode(.object(stored))
    }
}
