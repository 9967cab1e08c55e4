/// What one side may still send, on one stream or on the connection (Spec §4.4).
struct SendWindow {
    /// In payload bytes.
    private(set) var credit: Int

    init(credit: Int) { self.credit = credit }

    /// - Throws: ``ErrorCode/creditExceeded`` when more than ``Limits/creditHeldMax`` would be held (`CREDIT-4`).
    mutating func grant(_ byteCount: Int) throws(WireError) {
        guard byteCount <= Limits.creditHeldMax - self.credit else { throw WireError(.creditExceeded) }
        self.credit += byteCount
    }

    mutating func spend(_ byteCount: Int) {
        precondition(byteCount <= self.credit, "sent more than the peer allowed")
        self.credit -= byteCount
    }
}

/// What the peer may still send, and what it is owed (Spec §4.4).
///
/// Credit goes back when content is durable, in portions of a quarter of the window. A block that may not fit beside
/// what waits for durability is granted in advance, since it can become durable only as a whole (`CREDIT-5`). It pays for
/// that itself: bytes of other blocks that paid for it would be credit that is missing until it is whole.
struct ReceiveWindow {
    let byteCount: Int
    private(set) var available: Int
    /// Durable, but not yet granted again.
    private var unreturned = 0
    /// Granted in advance for blocks that were given up; the next durable bytes pay for it.
    private var debt = 0
    /// Whole lengths of unfinished blocks that were not granted in advance.
    private var unfinished = 0

    init(byteCount: Int) {
        self.byteCount = byteCount
        self.available = byteCount
    }

    private var quarter: Int { self.byteCount / 4 }

    /// - Throws: ``ErrorCode/creditExceeded`` (`CREDIT-3`).
    mutating func receive(_ byteCount: Int) throws(WireError) {
        guard byteCount <= self.available else { throw WireError(.creditExceeded) }
        self.available -= byteCount
    }

    /// A block of `byteCount` bytes has begun.
    ///
    /// - Returns: what to grant at once; 0 when the block fits, and then ``finish(_:)`` must be called for it.
    mutating func expect(_ byteCount: Int) -> Int {
        guard self.unfinished + byteCount > self.quarter else {
            self.unfinished += byteCount
            return 0
        }
        self.available += byteCount
        return byteCount
    }

    /// A block for which ``expect(_:)`` returned 0 is complete or given up.
    mutating func finish(_ byteCount: Int) { self.unfinished -= byteCount }

    /// A block will not come for which `byteCount` bytes were granted and are not paid for.
    mutating func carry(_ byteCount: Int) { self.debt += byteCount }

    /// - Parameter byteCount: what is durable, without blocks that were granted in advance.
    /// - Returns: what to grant now, or 0.
    mutating func release(_ byteCount: Int) -> Int {
        let paid = min(byteCount, self.debt)
        self.debt -= paid
        self.unreturned += byteCount - paid
        guard self.unreturned >= self.quarter, self.unreturned > 0 else { return 0 }
        defer { self.unreturned = 0 }
        self.available += self.unreturned
        return self.unreturned
    }
}

/// The blocks of one stream that were granted in advance on a window, as ranges of the stream's content.
struct AdvancedBlocks {
    /// Ascending.
    private var ranges: [Range<Int>] = []

    mutating func add(_ range: Range<Int>) { self.ranges.append(range) }

    /// How much of `content` belongs to them. It counts as paid for: nobody releases it again.
    mutating func take(_ content: Range<Int>) -> Int {
        let byteCount = self.ranges.reduce(0) { $0 + $1.clamped(to: content).count }
        self.ranges.removeAll { $0.upperBound <= content.upperBound }
        return byteCount
    }

    /// How much of them comes after `offset`.
    func byteCount(after offset: Int) -> Int {
        self.ranges.reduce(0) { $0 + max(0, $1.upperBound - max($1.lowerBound, offset)) }
    }
}
