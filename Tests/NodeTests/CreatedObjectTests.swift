import GraphQL
import ObjectModel
import Storage
import Testing

@testable import Node

/// Objects that come as values: their ids are those that Speckle's server gives them.
@Suite struct CreatedObjectTests {
    /// Each as `JSON.stringify` of Node.js 20 writes it.
    @Test(
        "numbers are written as JavaScript writes them",
        arguments: [
            ("0.1", "0.1"), ("-0.0", "0"), ("1e21", "1e+21"), ("1e20", "100000000000000000000"),
            ("123456789012345680000", "123456789012345680000"), ("1e-6", "0.000001"), ("1.5e-7", "1.5e-7"),
            ("-1e-7", "-1e-7"), ("5e-324", "5e-324"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("100", "100"), ("-12.25", "-12.25"), ("9007199254740993", "9007199254740992"), ("1.2e21", "1.2e+21"),
            ("0.00012", "0.00012"),
        ])
    func numbers(_ number: String, _ text: String) throws {
        #expect(JavaScriptForm.text(of: try #require(Double(number))) == text)
    }

    private func created(_ text: String) throws -> CreatedObject {
        try CreatedObject(try JSONReader.decode(Array(text.utf8), depthMax: 10).object ?? [:])
    }

    /// Ids are `crypto.createHash("md5").update(JSON.stringify(value))` of Node.js 20.
    @Test(
        "an object without an id gets the MD5 of its text",
        arguments: [
            (#"{"speckle_type":"Base","name":"wall"}"#, "556f019095d34bce6004388097eb5374"),
            (#"{"b":1.0,"10":2,"9":[1e21,"é\u0001"],"big":9007199254740993}"#, "b5d6e1cdd105e0585f6e931ba75576c5"),
            (#"{"id":"","x":null}"#, "8b98806e810f6ad390b474e7dc6c7c26"),
        ])
    func hashes(_ text: String, _ id: String) throws {
        #expect(try self.created(text).id.hex == id)
    }

    @Test("its id comes first, and nothing that it says is lost")
    func texts() throws {
        let id = "0123456789abcdef0123456789abcdef"
        func text(_ given: String) throws -> String { String(decoding: try self.created(given).text, as: UTF8.self) }
        #expect(try text(#"{"a":1,"id":"\#(id)"}"#) == #"{"id":"\#(id)","a":1}"#)
        #expect(try text(#"{"hash":"\#(id)","id":"x"}"#) == #"{"id":"\#(id)","hash":"\#(id)"}"#)
        #expect(
            try text(#"{"hash":null,"id":"\#(id)","n":9007199254740993}"#)
                == #"{"id":"\#(id)","hash":"\#(id)","n":9007199254740993}"#)
    }

    @Test("what cannot be stored is refused", arguments: [#"{"id":"x"}"#, #"{"id":5}"#, #"{"hash":{}}"#])
    func refusals(_ text: String) {
        #expect(throws: DomainError.self) { try self.created(text) }
    }

    @Test("only objects are stored, and not too many")
    func lists() {
        #expect(throws: DomainError.self) { try CreatedObject.all(of: [.object([:]), .null]) }
        let many = [GraphQLValue](repeating: .object([:]), count: Limits.createdObjectCountMax + 1)
        #expect(throws: DomainError.self) { try CreatedObject.all(of: many) }
    }
}
