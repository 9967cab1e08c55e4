package import Storage
import Synchronization

/// Segments that live as long as the process. One segment, without an end.
package final class MemorySegments: SegmentStore {
    private let bytes = Mutex<[UInt8]>([])

    package init() {}

    package func append(_ block: UnsafeRawBufferPointer, trailer: UnsafeRawBufferPointer) throws -> SegmentLocation {
        self.bytes.withLock { bytes in
            let offset = UInt64(bytes.count)
            bytes += block
            bytes += trailer
            return SegmentLocation(segment: 1, offset: offset, byteCount: UInt32(block.count))
        }
    }

    package func synchronize() throws {}

    package func read(_ location: SegmentLocation, skip: Int, byteCount: Int) throws -> [UInt8] {
        try self.bytes.withLock { bytes in
            let start = Int(location.offset) + skip
            guard location.segment == 1, start + byteCount <= bytes.count else {
                throw StorageError.corrupt("segment \(location.segment) ends before byte \(start + byteCount)")
            }
            return Array(bytes[start..<(start + byteCount)])
        }
    }

    package func discardUncommitted(ends: [UInt32: UInt64]) throws {
        try self.bytes.withLock { bytes in
            let end = Int(ends[1] ?? 0)
            guard end <= bytes.count else { throw StorageError.corrupt("segment 1 ends before byte \(end)") }
            bytes.removeLast(bytes.count - end)
        }
    }

    /// Changes one byte, as a failing disk does.
    package func damage(at offset: Int) {
        self.bytes.withLock { $0[offset] ^= 0x55 }
    }
}
