import Storage

/// Where each block is.
struct BlockTable: Sendable {
    private var records: [UInt32: BlockRecord]
    /// The highest number that a block ever had; 0 when there was none.
    private(set) var last: UInt32

    /// - Parameter last: at least the number of each block.
    init(_ blocks: [BlockRecord], last: UInt32) {
        self.records = Dictionary(uniqueKeysWithValues: blocks.map { ($0.id.rawValue, $0) })
        self.last = last
    }

    /// `nil` when there is no such block any more.
    subscript(number: UInt32) -> BlockRecord? { self.records[number] }

    /// A block that a project has something of.
    func record(of extent: Extent) -> BlockRecord {
        guard let record = self.records[extent.block.rawValue] else {
            preconditionFailure("a block of which a project has something stays")
        }
        return record
    }

    /// By number.
    var all: [BlockRecord] { self.records.values.sorted { $0.id < $1.id } }

    /// Those of one segment, by number.
    func blocks(in segment: UInt32) -> [BlockRecord] {
        self.records.values.filter { $0.location.segment == segment }.sorted { $0.id < $1.id }
    }

    /// By segment, what its blocks take with their trailers, in bytes.
    var byteCountsBySegment: [UInt32: UInt64] {
        self.records.values.reduce(into: [:]) { counts, block in
            counts[block.location.segment, default: 0] += BlockTrailer.end(of: block) - block.location.offset
        }
    }

    mutating func append(_ blocks: [BlockRecord]) {
        for block in blocks {
            self.records[block.id.rawValue] = block
            self.last = max(self.last, block.id.rawValue)
        }
    }

    mutating func move(_ blocks: [BlockRecord]) {
        for block in blocks where self.records[block.id.rawValue] != nil { self.records[block.id.rawValue] = block }
    }

    /// Returns what was there.
    mutating func remove(_ blocks: [BlockID]) -> [BlockRecord] {
        blocks.compactMap { self.records.removeValue(forKey: $0.rawValue) }
    }
}
