/// Finds values in the texts of objects, by the names that lead to them.
///
/// One pass over a text finds all of them. Of names that are given twice the last one counts.
public struct PropertyPaths: Sendable {
    private struct Node {
        /// The paths that end here.
        var positions: [Int] = []
        var children: [String: Node] = [:]

        mutating func insert(_ path: ArraySlice<String>, at position: Int) {
            guard let name = path.first else { return self.positions.append(position) }
            self.children[name, default: Node()].insert(path.dropFirst(), at: position)
        }

        func forget(in ranges: inout [Range<Int>?]) {
            for position in self.positions { ranges[position] = nil }
            for child in self.children.values { child.forget(in: &ranges) }
        }
    }

    private var root = Node()
    private let count: Int

    /// - Parameter paths: each the names from the outermost object on; no path is empty.
    public init(_ paths: [[String]]) {
        self.count = paths.count
        for (position, path) in paths.enumerated() { self.root.insert(path[...], at: position) }
    }

    /// Where each path's value stands in `text`, in the order of the paths; `nil` for those that lead to none.
    ///
    /// - Parameter text: of an object that was scanned when it came in.
    public func ranges(in text: UnsafeRawBufferPointer) throws(ObjectTextError) -> [Range<Int>?] {
        var ranges = [Range<Int>?](repeating: nil, count: self.count)
        var cursor = JSONCursor(text)
        cursor.skipWhitespace()
        try Self.find(self.root, &cursor, &ranges)
        return ranges
    }

    private static func find(
        _ node: Node, _ cursor: inout JSONCursor, _ ranges: inout [Range<Int>?]
    ) throws(ObjectTextError) {
        try cursor.readObject { (name, cursor) throws(ObjectTextError) in
            guard let child = node.children[cursor.string(in: name)] else { return try cursor.skipValue() }
            child.forget(in: &ranges)
            let start = cursor.offset
            if child.children.isEmpty || cursor.peek() != JSONCursor.openBrace {
                try cursor.skipValue()
            } else {
                try self.find(child, &cursor, &ranges)
            }
            for position in child.positions { ranges[position] = start..<cursor.offset }
        }
    }
}
