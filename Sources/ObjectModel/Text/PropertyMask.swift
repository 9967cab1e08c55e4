/// Which top-level properties of an object to give away.
public enum PropertyMask: Equatable, Sendable {
    case include(Set<String>)
    case exclude(Set<String>)

    /// The object's text with only the chosen properties; what remains stands as it was uploaded.
    ///
    /// Names with escapes in them are compared as they are written.
    public func apply(to text: UnsafeRawBufferPointer) throws(ObjectTextError) -> [UInt8] {
        var cursor = JSONCursor(text)
        var output: [UInt8] = [JSONCursor.openBrace]
        cursor.skipWhitespace()
        try cursor.readObject { (name, cursor) throws(ObjectTextError) in
            try cursor.skipValue()
            guard self.keeps(String(decoding: text[name], as: UTF8.self)) else { return }
            if output.count > 1 { output.append(JSONCursor.comma) }
            output.append(contentsOf: text[(name.lowerBound - 1)..<cursor.offset])
        }
        output.append(JSONCursor.closeBrace)
        return output
    }

    private func keeps(_ name: String) -> Bool {
        switch self {
        case .include(let names): names.contains(name)
        case .exclude(let names): !names.contains(name)
        }
    }
}
