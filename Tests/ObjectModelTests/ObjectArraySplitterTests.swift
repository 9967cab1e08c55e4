import ObjectModel
import Testing

/// The texts of an array, or that there are none, as by a splitter that looks at each byte by itself.
private func expectedTexts(of array: [UInt8]) -> [[UInt8]]? {
    var rest = array[...]
    func skipWhitespace() { rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }
    func take(_ byte: Character) -> Bool {
        skipWhitespace()
        guard rest.first == byte.asciiValue else { return false }
        rest = rest.dropFirst()
        return true
    }
    guard take("[") else { return nil }
    var texts: [[UInt8]] = []
    if !take("]") {
        repeat {
            skipWhitespace()
            guard rest.first == UInt8(ascii: "{"), let text = firstElement(of: rest) else { return nil }
            texts.append(Array(text))
            rest = rest[text.endIndex...]
        } while take(",")
        guard take("]") else { return nil }
    }
    skipWhitespace()
    return rest.isEmpty ? texts : nil
}

private func firstElement(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var (depth, isInString, isEscaped) = (0, false, false)
    for index in text.indices {
        switch Character(Unicode.Scalar(text[index])) {
        case _ where isEscaped: isEscaped = false
        case "\\" where isInString: isEscaped = true
        case "\"": isInString.toggle()
        case "{" where !isInString, "[" where !isInString: depth += 1
        case "}" where !isInString, "]" where !isInString:
            depth -= 1
            if depth == 0 { return text[...index] }
        default: continue
        }
    }
    return nil
}

@Suite struct ObjectArraySplitterTests {
    private func texts(of pieces: [ArraySlice<UInt8>]) -> [[UInt8]]? {
        var splitter = ObjectArraySplitter(objectByteCountMax: 1 << 16)
        var texts: [[UInt8]] = []
        do {
            for piece in pieces {
                try piece.withUnsafeBytes { piece in try splitter.append(piece) { texts.append(Array($0)) } }
            }
            try splitter.finish()
            return texts
        } catch {
            return nil
        }
    }

    private func check(_ array: [UInt8]) {
        let expected = expectedTexts(of: array)
        let comment = Comment(rawValue: String(decoding: array, as: UTF8.self))
        #expect(self.texts(of: [array[...]]) == expected, comment)
        #expect(self.texts(of: array.indices.map { array[$0...$0] }) == expected, comment)
        for cut in array.indices { #expect(self.texts(of: [array[..<cut], array[cut...]]) == expected, comment) }
    }

    @Test(
        "TEXT-16: an array is cut into the texts of its elements, wherever its pieces are cut",
        arguments: [
            "[]", " [ ] ", "[{}]", #"[{"a":"]}\"{[\\"} , {"b":[[{}]]}]"#, #"[{"a":"\\"},{}]"#, #"[{"\\\"":{}}]"#,
            "[{\\}]",
            "[{_Yy~\u{7F}}]", "", "[", "[{", "[{]", #"[{"a]"#, #"[{"a\"}]"#, "[{},]", "[,{}]", "[{}{}]", "[1]", "{}",
            "[{}]]",
            "[[]]",
        ])
    func cuts(_ array: String) {
        self.check(Array(array.utf8))
    }

    @Test("TEXT-16: the same of arrays that nobody would send")
    func hostile() {
        var generator = SeededGenerator(seed: 16)
        let alphabet = Array(#"{}[]"\\,  a1_Y"#.utf8)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<40, using: &generator)
            let inner = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            self.check(Array("[{".utf8) + inner + Array("}]".utf8))
        }
    }

    @Test("TEXT-17: an element that is longer than allowed is refused, whole or in pieces")
    func tooLarge() {
        let array = Array(#"[{"a":"0123456789"}]"#.utf8)
        for pieces in [[array[...]], [array[..<9], array[9...]]] {
            var splitter = ObjectArraySplitter(objectByteCountMax: array.count - 3)
            #expect(throws: ObjectArrayError.objectTooLarge(limit: array.count - 3)) {
                for piece in pieces { try piece.withUnsafeBytes { try splitter.append($0) { _ in } } }
            }
        }
    }
}
