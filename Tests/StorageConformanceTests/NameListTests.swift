import Foundation
import Testing

@testable import StorageSQLite

@Suite struct NameListTests {
    private static let lists: [[String]] = [
        [], [""], ["a"], ["", ""], ["streams:read", "0123456789"], ["a,b", "[", "]"], ["\"", "\\", "/", "\n"],
        ["é", "\u{301}"],
        ["a\"", "b"], ["\u{7F}", "\u{0}"],
    ]

    @Test("DATABASE-18: a list of names is the JSON that others write and read", arguments: Self.lists)
    func both(_ names: [String]) throws {
        #expect(NameList.names(in: NameList.text(of: names)) == names)
        #expect(try JSONDecoder().decode([String].self, from: Data(NameList.text(of: names).utf8)) == names)
        let encoder = JSONEncoder()
        for formatting in [[], .prettyPrinted, .withoutEscapingSlashes] as [JSONEncoder.OutputFormatting] {
            encoder.outputFormatting = formatting
            #expect(NameList.names(in: String(decoding: try encoder.encode(names), as: UTF8.self)) == names)
        }
    }

    @Test(
        "DATABASE-18: what is no list of names is none",
        arguments: [
            "", "[", "]", "\"", "\"a\"", "[1]", "[\"a\"", "\"a\"]", "[\"a\" \"b\"]", "[\"a\",,\"b\"]", "{}",
            "null",
            "[\"a\",\"b]", "[\"\\\"]", "[[\"a\"]]", "[\"a\"]]", "[\"a\",1]",
        ])
    func none(_ text: String) {
        #expect(NameList.names(in: text) == nil)
    }
}
