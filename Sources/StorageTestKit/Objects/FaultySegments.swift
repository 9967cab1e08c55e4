package import Storage
import Synchronization

/// Segments that run out of space on demand, in the middle of a block.
package final class FaultySegments: SegmentStore {
    /// Which call fails.
    package enum Fault: CaseIterable, Sendable {
        case append
        case synchronize
    }

    private let base: any SegmentStore
    private let fault = Mutex<Fault?>(nil)
    private let beforeRead = Mutex<(@Sendable () -> Void)?>(nil)

    package init(_ base: any SegmentStore) {
        self.base = base
    }

    /// Makes every further call of one kind fail; `nil` ends it.
    package func fail(_ fault: Fault?) {
        self.fault.withLock { $0 = fault }
    }

    /// Calls `body` before the next read, which waits for it.
    package func beforeNextRead(_ body: @escaping @Sendable () -> Void) {
        self.beforeRead.withLock { $0 = body }
    }

    package func append(_ block: UnsafeRawBufferPointer, trailer: UnsafeRawBufferPointer) throws -> SegmentLocation {
        guard self.fault.withLock({ $0 }) == .append else { return try self.base.append(block, trailer: trailer) }
        // A part of the block is on the disk when the space ends.
        let part = UnsafeRawBufferPointer(rebasing: block[..<(block.count / 2)])
        _ = try self.base.append(part, trailer: UnsafeRawBufferPointer(rebasing: trailer[..<0]))
        throw StorageError.full
    }

    package func synchronize() throws {
        guard self.fault.withLock({ $0 }) != .synchronize else { throw StorageError.full }
        try self.base.synchronize()
    }

    package func read(_ location: SegmentLocation, skip: Int, byteCount: Int) throws -> [UInt8] {
        self.beforeRead.withLock { $0.take() }?()
        return try self.base.read(location, skip: skip, byteCount: byteCount)
    }

    package var current: UInt32 { self.base.current }
    package func startNext() { self.base.startNext() }
    package var byteCounts: [UInt32: UInt64] { self.base.byteCounts }
    package func remove(_ segment: UInt32) throws { try self.base.remove(segment) }

    package func discardUncommitted(ends: [UInt32: UInt64]) throws {
        try self.base.discardUncommitted(ends: ends)
    }
}
