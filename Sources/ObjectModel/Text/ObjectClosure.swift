/// The objects that another one leads to, as its `__closure` lists them: each once, in the order of their ids.
public struct ObjectClosure: Equatable, Sendable {
    private static let path = PropertyPaths([["__closure"]])

    private struct Entry {
        var id: ObjectID
        var depth: UInt16
    }

    public private(set) var ids: [ObjectID] = []
    /// How many references lead to each at least; what is said of an id twice counts as the smaller.
    public private(set) var depths: [UInt16] = []

    /// Reads the closure of an object that was scanned when it came in.
    ///
    /// - Parameter id: the object's own, which is not in its closure.
    public init(of text: UnsafeRawBufferPointer, id: ObjectID) throws(ObjectTextError) {
        guard let range = try Self.path.ranges(in: text)[0] else { return }
        var entries: [Entry] = []
        try Self.read(text, range) { entry in
            if entry.id != id { entries.append(entry) }
        }
        entries.sort { ($0.id, $0.depth) < ($1.id, $1.depth) }
        self.ids.reserveCapacity(entries.count)
        self.depths.reserveCapacity(entries.count)
        for entry in entries where entry.id != self.ids.last {
            self.ids.append(entry.id)
            self.depths.append(entry.depth)
        }
    }

    /// How many ids stand in a closure, where `range` of `text` is its value.
    public static func count(in text: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ObjectTextError) -> Int {
        var count = 0
        try self.read(text, range) { _ in count += 1 }
        return count
    }

    /// Anything but an object is a closure without entries; so are names that are no ids.
    private static func read(
        _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ body: (Entry) -> Void
    ) throws(ObjectTextError) {
        var cursor = JSONCursor(UnsafeRawBufferPointer(rebasing: text[range]))
        guard cursor.peek() == JSONCursor.openBrace else { return }
        try cursor.readObject { (name, cursor) throws(ObjectTextError) in
            let start = cursor.offset
            try cursor.skipValue()
            guard let id = cursor.objectID(in: name) else { return }
            body(Entry(id: id, depth: self.depth(cursor.text[start..<cursor.offset])))
        }
    }

    /// A whole number; clients write nothing else. Whatever is none is a direct reference.
    private static func depth(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt16 {
        var depth = 0
        for digit in digits {
            guard digit &- 0x30 < 10 else { return 1 }
            depth = min(depth * 10 + Int(digit &- 0x30), Int(UInt16.max))
        }
        return UInt16(depth)
    }
}
