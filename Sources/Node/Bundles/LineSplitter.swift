import HTTPTypes

/// Cuts bytes that come in pieces into lines, without their line feeds. Memory is bounded by the one line that a piece cuts
/// through.
struct LineSplitter {
    private let byteCountMax: Int
    /// The start of a line whose end has not come yet.
    private var partial: [UInt8] = []

    /// - Parameter byteCountMax: the longest line to take.
    init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
    }

    /// Takes the next piece. `line` gets each that is complete, valid during the call only.
    ///
    /// - Throws: ``PlainFailure`` for a line that is too long, or what `line` throws.
    mutating func append(
        _ piece: UnsafeRawBufferPointer, _ line: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let part = UnsafeRawBufferPointer(rebasing: rest[..<end])
            rest = rest[(end + 1)...]
            guard !self.partial.isEmpty else {
                try line(part)
                continue
            }
            self.partial.append(contentsOf: part)
            try self.takePartial(line)
        }
        self.partial.append(contentsOf: rest)
        guard self.partial.count <= self.byteCountMax else {
            throw PlainFailure(.contentTooLarge, "Object too large (more than \(self.byteCountMax) bytes)")
        }
    }

    /// Says that no piece follows: what has no line feed behind it is a line as well.
    mutating func finish(_ line: (UnsafeRawBufferPointer) throws -> Void) throws {
        if !self.partial.isEmpty { try self.takePartial(line) }
    }

    private mutating func takePartial(_ line: (UnsafeRawBufferPointer) throws -> Void) throws {
        let whole = self.partial
        self.partial.removeAll(keepingCapacity: true)
        try whole.withUnsafeBytes(line)
    }
}
