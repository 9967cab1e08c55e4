import ObjectModel
import Testing

/// Values that are found in texts, and closures.
@Suite struct PropertyPathsTests {
    private func found(_ text: String, _ paths: [String]...) throws -> [String?] {
        let bytes = Array(text.utf8)
        let ranges = try bytes.withUnsafeBytes { try PropertyPaths(paths).ranges(in: $0) }
        return ranges.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } }
    }

    @Test("values are found at any depth, as they stand there")
    func values() throws {
        let text = #" { "a" : {"b":[1, {"c":2}],"c" : -1.50e+2 }, "c":"x\"}" , "d":null}"#
        #expect(
            try self.found(text, ["a", "c"], ["c"], ["d"], ["a", "b"]) == [
                "-1.50e+2", #""x\"}""#, "null", #"[1, {"c":2}]"#,
            ])
        #expect(try self.found(text, ["a"], ["a", "c"]) == [#"{"b":[1, {"c":2}],"c" : -1.50e+2 }"#, "-1.50e+2"])
        #expect(try self.found(text, ["b"], ["a", "x"], ["c", "x"], ["a", "b", "c"]) == [nil, nil, nil, nil])
        #expect(try self.found(text, ["c"], ["c"]) == [#""x\"}""#, #""x\"}""#])
        #expect(try self.found("{}", ["a"]) == [nil])
    }

    @Test("names are compared by what they say")
    func names() throws {
        let text = #"{"H\u00f6he":1,"\ud83d\ude00\n\"":2,"@(3)x":3}"#
        #expect(try self.found(text, ["Höhe"], ["😀\n\""], ["@(3)x"]) == ["1", "2", "3"])
    }

    @Test("the last of several values counts, with everything in it")
    func repeatedNames() throws {
        #expect(try self.found(#"{"a":{"b":1},"a":{"c":2}}"#, ["a", "b"], ["a", "c"]) == [nil, "2"])
        #expect(try self.found(#"{"a":1,"a":2}"#, ["a"]) == ["2"])
    }

    private func closure(_ text: String) throws -> ObjectClosure {
        try Array(text.utf8).withUnsafeBytes { try ObjectClosure(of: $0, id: ObjectID(high: 0, low: 9)) }
    }

    @Test("a closure has each id once, in order, with its least depth")
    func closures() throws {
        let ids = (0..<10).map { ObjectID(high: 0, low: $0) }
        let closure = try self.closure(
            #"{"x":{"__closure":{"\#(ids[7])":1}},"__closure":{"\#(ids[3])":12,"\#(ids[1])":2,"\#(ids[3])":4,"#
                + #""\#(ids[9])":1,"no id":1,"\#(ids[2])":"2","\#(ids[4])":99999999}}"#)
        #expect(closure.ids == [ids[1], ids[2], ids[3], ids[4]])
        #expect(closure.depths == [2, 1, 4, .max])
        #expect(try self.closure(#"{"a":1}"#).ids.isEmpty)
        #expect(try self.closure(#"{"__closure":[1]}"#).ids.isEmpty)
    }
}
