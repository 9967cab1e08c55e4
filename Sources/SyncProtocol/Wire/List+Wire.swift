import ObjectModel

extension Field {
    /// The value as identifiers, ascending, each once, at most `countMax`.
    func projects(in bytes: RawSpan, countMax: Int) throws(WireError) -> [ProjectID] {
        var projects: [ProjectID] = []
        for part in try self.list(in: bytes, countMax: countMax) {
            guard let text = WireText.identifier(bytes, part) else { throw self.invalid }
            let project = ProjectID(rawValue: text)
            if let last = projects.last, last >= project { throw WireError(.orderViolated, tag: self.tag) }
            projects.append(project)
        }
        return projects
    }

    /// Where the parts of a list stand: each is a length, as a number, and that many bytes.
    func list(in bytes: RawSpan, countMax: Int) throws(WireError) -> [Range<Int>] {
        guard !self.range.isEmpty else { throw WireError(.defaultField, tag: self.tag) }
        var parts: [Range<Int>] = []
        var offset = self.range.lowerBound
        while offset < self.range.upperBound {
            guard parts.count < countMax,
                let byteCount = try Varint.read(bytes, at: &offset, end: self.range.upperBound),
                byteCount <= UInt64(self.range.upperBound - offset)
            else { throw self.invalid }
            parts.append(offset..<(offset + Int(byteCount)))
            offset += Int(byteCount)
        }
        return parts
    }
}

extension FieldWriter {
    /// A list of texts, each after its length.
    mutating func list(_ tag: UInt64, _ texts: [String]) {
        var value: [UInt8] = []
        for text in texts {
            Varint.encode(UInt64(text.utf8.count), into: &value)
            value.append(contentsOf: text.utf8)
        }
        self.bytes(tag, value)
    }
}
