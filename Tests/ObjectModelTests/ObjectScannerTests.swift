import ObjectModel
import Testing

private let a = String(repeating: "a", count: 32)
private let b = String(repeating: "b", count: 32)
private let c = String(repeating: "c", count: 32)

private func scan(_ text: String) throws(ObjectTextError) -> ObjectFacts {
    var scanner = ObjectScanner()
    var result: Result<ObjectFacts, ObjectTextError> = .failure(.notAnObject)
    var copy = text
    copy.withUTF8 { utf8 in
        do throws(ObjectTextError) {
            result = .success(try scanner.scan(UnsafeRawBufferPointer(utf8)))
        } catch {
            result = .failure(error)
        }
    }
    return try result.get()
}

@Suite struct ObjectScannerTests {
    @Test("TEXT-1: id, references and closure are found wherever they stand")
    func facts() throws {
        let facts = try scan(
            """
            {"id":"\(a)","speckle_type":"Base","e":[{"referencedId":"\(b)","speckle_type":"reference"}],
             "deep":{"x":[[{"speckle_type":"reference","__closure":{"\(a)":1},"referencedId":"\(c)"}]]},
             "__closure":{"\(b)":1,"\(c)":2,"blob:1":3}}
            """)
        #expect(facts.id.hex == a)
        #expect(facts.references.map(\.hex) == [b, c])
        #expect(facts.closure.map(\.hex) == [b, c])
    }

    @Test("TEXT-2: a referencedId counts in a reference only, and each target once")
    func references() throws {
        #expect(try scan(#"{"id":"\#(a)","referencedId":"\#(b)"}"#).references.isEmpty)
        let reference = #"{"referencedId":"\#(b)","speckle_type":"reference"}"#
        #expect(try scan(#"{"id":"\#(a)","e":[\#(reference),\#(reference)]}"#).references.map(\.hex) == [b])
    }

    @Test("TEXT-3: hash wins over id; nested ids do not count; without either it is MD5")
    func identity() throws {
        #expect(try scan(#"{"id":"\#(a)","hash":"\#(b)"}"#).id.hex == b)
        #expect(try scan(#"{"child":{"id":"\#(b)"},"id":"\#(a)"}"#).id.hex == a)
        #expect(try scan("{}").id.hex == "99914b932bd37a50b983c5e7c90ae93b")
        #expect(try scan(#"{"id":null,"hash":""}"#).id == scan(#"{"id":null,"hash":""}"#).id)
    }

    @Test(
        "TEXT-4: an id that is not 32 lower-case digits is refused",
        arguments: [#""abc""#, "12", "{}", "[]", "true", #""AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA""#])
    func invalidID(_ id: String) {
        #expect(throws: ObjectTextError.invalidID) { try scan(#"{"id":\#(id)}"#) }
    }

    @Test(
        "TEXT-5: what is not JSON is refused",
        arguments: [
            "", "{", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#, #"{"a":[1,]}"#,
            #"{"a":[,1]}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":01}"#, #"{"a":1.}"#, #"{"a":.5}"#, #"{"a":1e}"#,
            #"{"a":+1}"#, #"{"a":-}"#, #"{"a":tru}"#, #"{"a":nul"#, #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\u12g4"}"#,
            #"{"a":"\u12"#, #"{"a":1}}"#, #"{"a":1} x"#, #"{'a':1}"#, "{\"a\":\"\u{0}\"}", "{\"a\":\"\n\"}",
        ])
    func malformed(_ text: String) {
        #expect { try scan(text) } throws: { if case ObjectTextError.malformed = $0 { true } else { false } }
    }

    @Test(
        "TEXT-6: numbers, escapes and white space of RFC 8259 are taken",
        arguments: [
            #" { "a" : [ 0 , -0 , 1.5e+10 , 2E-3 , 123456789012345678901234567890 ] } "#,
            #"{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀","b":true,"c":false,"d":null,"":{}}"#,
        ])
    func wellFormed(_ text: String) throws {
        _ = try scan(text)
    }

    @Test(
        "TEXT-7: strings that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0xFF],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        let text = Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)
        var scanner = ObjectScanner()
        #expect { _ = try text.withUnsafeBytes { try scanner.scan($0) } } throws: {
            if case ObjectTextError.invalidUTF8 = $0 { true } else { false }
        }
    }

    @Test("TEXT-14: what ends a string, and what may not be in one, is seen at every place of it")
    func stringEnds() throws {
        for length in 0..<40 {
            let plain = String(repeating: "~", count: length) + "\u{7F}"
            #expect(try scan(#"{"\#(plain)":"\#(plain)","id":"\#(a)"}"#).id.hex == a, "length \(length)")
            #expect(try scan(#"{"x":"\#(plain)\"\#(plain)é\#(plain)","id":"\#(a)"}"#).id.hex == a, "length \(length)")
            let offset = #"{"x":""#.utf8.count + plain.utf8.count
            for control in ["\u{0}", "\u{1F}", "\t"] {
                #expect(throws: ObjectTextError.malformed(offset: offset)) {
                    try scan(#"{"x":"\#(plain)\#(control)\#(plain)"}"#)
                }
            }
            #expect(throws: ObjectTextError.malformed(offset: offset)) { try scan(#"{"x":"\#(plain)"#) }
        }
    }

    @Test("TEXT-8: depth is bounded and costs no stack")
    func depth() throws {
        let deepest = ObjectScanner.depthMax - 1
        let fits = #"{"a":"# + String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest) + "}"
        _ = try scan(fits)
        #expect { try scan(#"{"a":"# + String(repeating: "[", count: 1_000_000)) } throws: {
            if case ObjectTextError.tooDeep = $0 { true } else { false }
        }
    }

    @Test("TEXT-9: something else than an object is refused", arguments: ["}", "[]", "1", "null", #""x""#])
    func notAnObject(_ text: String) {
        #expect(throws: ObjectTextError.notAnObject) { try scan(text) }
    }

    @Test("TEXT-10: no cut and no changed byte makes it trap")
    func robust() {
        let text = Array(
            #"{"id":"\#(a)","e":[{"referencedId":"\#(b)","speckle_type":"reference"},1.5e-3,"é\u00e9",null],"__closure":{"\#(b)":1}}"#
                .utf8)
        var scanner = ObjectScanner()
        for index in text.indices {
            _ = text[..<index].withUnsafeBytes { try? scanner.scan($0) }
            for byte in [0, 0x22, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x2C, 0xFF] as [UInt8] {
                var changed = text
                changed[index] = byte
                _ = changed.withUnsafeBytes { try? scanner.scan($0) }
            }
        }
    }
}

@Suite struct ReferenceFinderTests {
    private func find(_ text: String) -> (ReferenceFinder.Outcome, [String]) {
        var targets: [ObjectID] = []
        let outcome = Array(text.utf8).withUnsafeBytes { ReferenceFinder.find(in: $0, into: &targets) }
        return (outcome, targets.map(\.hex))
    }

    @Test("TEXT-11: both orders of a reference are found at every alignment")
    func finds() {
        let text =
            #"{"referencedId":"\#(b)","speckle_type":"reference"},{"speckle_type":"reference","referencedId":"\#(c)"}"#
        for padding in 0..<40 {
            let (outcome, targets) = self.find(String(repeating: " ", count: padding) + text)
            #expect(outcome == .done)
            #expect(targets == [b, c], "padding \(padding)")
        }
    }

    @Test(
        "TEXT-12: any other form asks for a full scan",
        arguments: [
            #"{"referencedId": "\#(b)","speckle_type":"reference"}"#,
            #"{"referencedId":"\#(b)","x":1,"speckle_type":"reference"}"#,
            #"{"name":"referencedId"}"#, #"{"referencedId":"short"}"#, #"{"referencedId":null}"#, #""referencedId""#,
        ])
    func leaves(_ text: String) {
        #expect(self.find(text).0 == .needsScan)
    }

    @Test("TEXT-13: a quoted mention is no reference")
    func quoted() {
        #expect(self.find(#"{"note":"{\"referencedId\":\"\#(b)\"}"}"#) == (.done, []))
    }
}
