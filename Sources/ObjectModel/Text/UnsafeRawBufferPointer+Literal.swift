extension UnsafeRawBufferPointer {
    /// Whether `literal` stands at `offset`. Compares eight bytes at a time.
    func holds(_ literal: StaticString, at offset: Int) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard offset >= 0, offset + count <= self.count else { return false }
        let expected = UnsafeRawBufferPointer(start: literal.utf8Start, count: count)
        var index = 0
        while index + 8 <= count {
            let word = expected.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard self.loadUnaligned(fromByteOffset: offset + index, as: UInt64.self) == word else { return false }
            index += 8
        }
        while index < count {
            guard self[offset + index] == expected[index] else { return false }
            index += 1
        }
        return true
    }
}
