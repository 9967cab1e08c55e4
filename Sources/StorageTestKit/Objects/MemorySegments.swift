package import Storage
import Synchronization

/// Segments that live as long as the process.
package final class MemorySegments: SegmentStore {
    private struct State {
        var current: UInt32 = 1
        var bytes: [UInt32: [UInt8]] = [:]
    }

    /// A segment takes no further block once it is this large.
    private let byteCountMax: Int
    private let state = Mutex(State())

    package init(byteCountMax: Int = .max) {
        self.byteCountMax = byteCountMax
    }

    package func append(_ block: UnsafeRawBufferPointer, trailer: UnsafeRawBufferPointer) throws -> SegmentLocation {
        self.state.withLock { state in
            let held = state.bytes[state.current, default: []].count
            if held > 0, held + block.count + trailer.count > self.byteCountMax { state.current += 1 }
            let offset = UInt64(state.bytes[state.current, default: []].count)
            state.bytes[state.current, default: []] += block
            state.bytes[state.current, default: []] += trailer
            return SegmentLocation(segment: state.current, offset: offset, byteCount: UInt32(block.count))
        }
    }

    package func synchronize() throws {}

    package func read(_ location: SegmentLocation, skip: Int, byteCount: Int) throws -> [UInt8] {
        try self.state.withLock { state in
            let bytes = state.bytes[location.segment] ?? []
            let start = Int(location.offset) + skip
            guard start + byteCount <= bytes.count else {
                throw StorageError.corrupt("segment \(location.segment) ends before byte \(start + byteCount)")
            }
            return Array(bytes[start..<(start + byteCount)])
        }
    }

    package var current: UInt32 { self.state.withLock { $0.current } }

    package func startNext() {
        self.state.withLock { state in
            if !(state.bytes[state.current] ?? []).isEmpty { state.current += 1 }
        }
    }

    package var byteCounts: [UInt32: UInt64] { self.state.withLock { $0.bytes.mapValues { UInt64($0.count) } } }

    package func remove(_ segment: UInt32) throws { self.state.withLock { $0.bytes[segment] = nil } }

    package func discardUncommitted(ends: [UInt32: UInt64]) throws {
        try self.state.withLock { state in
            state.bytes = state.bytes.filter { ends[$0.key] != nil }
            for (segment, end) in ends {
                guard let bytes = state.bytes[segment], Int(end) <= bytes.count else {
                    throw StorageError.corrupt("segment \(segment) ends before byte \(end)")
                }
            }
            guard let last = ends.keys.max(), let end = ends[last] else { return }
            state.current = last
            state.bytes[last]?.removeSubrange(Int(end)...)
        }
    }

    /// Changes one byte of the first segment, as a failing disk does.
    package func damage(at offset: Int) {
        self.state.withLock { $0.bytes[1, default: []][offset] ^= 0x55 }
    }
}
