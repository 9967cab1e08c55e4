import GraphQL
import ObjectModel

/// What the API tells of one stored object.
struct ObjectContent: Sendable {
    private static let head = PropertyPaths([["speckle_type"], ["applicationId"], ["__closure"]])

    let speckleType: String?
    let applicationID: String?
    /// How many objects its closure lists.
    let childrenCount: Int
    /// The object, or what was selected of it, as it was uploaded; `nil` when it is too much for the answer.
    let data: ObjectData?

    /// Reads the text of an object that was scanned when it came in.
    init(_ text: ArraySlice<UInt8>, _ selection: ObjectSelection, _ budget: AnswerBudget) throws {
        let (ranges, closureCount) = try text.withUnsafeBytes { text in
            let ranges = try Self.head.ranges(in: text)
            return (ranges, try ranges[2].map { try ObjectClosure.count(in: text, $0) })
        }
        func string(_ range: Range<Int>?) -> String? {
            guard let range, range.count <= Limits.objectHeadByteCountMax else { return nil }
            return try? JSONReader.decode(Array(text.dropFirst(range.lowerBound).prefix(range.count)), depthMax: 0)
                .string
        }
        self.speckleType = string(ranges[0])
        self.applicationID = string(ranges[1])
        self.childrenCount = closureCount ?? 0
        self.data = try selection.data(of: text, budget)
    }
}

/// What of an object is given.
struct ObjectData: Sendable {
    let value: GraphQLValue
    /// What it takes of the answer.
    let byteCount: Int
}

/// What of objects is given: all of each, or the values of some paths.
struct ObjectSelection: Sendable {
    /// About what a piece takes beside its text.
    private static let pieceByteCount = 64

    private let paths: [[String]]?
    private let finder: PropertyPaths

    /// - Parameter paths: `nil` gives all.
    init(_ paths: [[String]]?) {
        self.paths = paths
        self.finder = PropertyPaths(paths ?? [])
    }

    /// - Returns: `nil` when the budget does not let so much be kept.
    func data(of text: ArraySlice<UInt8>, _ budget: AnswerBudget) throws -> ObjectData? {
        guard let paths else {
            return budget.keep(text.count) ? ObjectData(value: .json(Array(text)), byteCount: text.count) : nil
        }
        let ranges = try text.withUnsafeBytes { try self.finder.ranges(in: $0) }
        let byteCount = ranges.reduce(Self.pieceByteCount) { $0 + ($1.map { $0.count + Self.pieceByteCount } ?? 0) }
        guard budget.keep(byteCount) else { return nil }
        var data = GraphQLObject()
        for (path, range) in zip(paths, ranges) {
            guard let range else { continue }
            data.insert(.json(Array(text.dropFirst(range.lowerBound).prefix(range.count))), at: path[...])
        }
        return ObjectData(value: .object(data), byteCount: byteCount)
    }
}

extension GraphQLObject {
    /// Puts a value where a path leads to. A value that stands on the way has it already.
    fileprivate mutating func insert(_ value: GraphQLValue, at path: ArraySlice<String>) {
        guard let name = path.first else { return }
        if path.count == 1 {
            self[name] = value
        } else if self[name] == nil {
            var inner = GraphQLObject()
            inner.insert(value, at: path.dropFirst())
            self[name] = .object(inner)
        } else if var inner = self[name]?.object {
            inner.insert(value, at: path.dropFirst())
            self[name] = .object(inner)
        }
    }
}
