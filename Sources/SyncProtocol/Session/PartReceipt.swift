import ObjectModel

/// The receiving end of a file's parts: cuts the DATA of a stream into the parts that are expected (Spec §19.2).
///
/// Memory is bounded by one part.
struct PartReceipt {
    private let parts: BlobParts
    /// Numbers of the parts that are still to come, in their order.
    private var expected: ArraySlice<Int>
    private var bytes: [UInt8] = []
    private var hasBegun = false
    /// The peer's last frame has come.
    private var isEnded = false

    init(_ parts: BlobParts, expecting expected: [Int]) {
        self.parts = parts
        self.expected = expected[...]
    }

    mutating func end() { self.isEnded = true }

    mutating func next(in chunk: RawSpan, at offset: inout Int) -> PartStep {
        guard let part = self.expected.first else {
            guard offset == chunk.byteCount else { return .fail(SyncError(.orderViolated, scope: .stream)) }  // PART-3
            return self.isEnded ? .finish : .needMore
        }
        let byteCount = self.parts.byteCount(of: part)
        guard self.hasBegun else {
            self.hasBegun = true
            return .began(byteCount: byteCount)
        }
        let count = min(byteCount - self.bytes.count, chunk.byteCount - offset)
        chunk.extracting(offset..<(offset + count)).withUnsafeBytes { self.bytes.append(contentsOf: $0) }
        offset += count
        guard self.bytes.count == byteCount else {
            return self.isEnded ? .fail(SyncError(.truncated, scope: .stream)) : .needMore  // PART-3
        }
        defer { (self.bytes, self.hasBegun) = ([], false) }
        self.expected.removeFirst()
        return .store(part: part, self.bytes)
    }
}

/// What one step through the payload of a DATA frame found.
public enum PartStep: Equatable, Sendable {
    /// The payload is used up.
    case needMore
    /// The next part begins.
    case began(byteCount: Int)
    /// Verify this part and make it durable; then its bytes may be released.
    case store(part: Int, [UInt8])
    /// Every part has come, and the peer has ended the stream.
    case finish
    /// End the stream with this error.
    case fail(SyncError)
}
