public import Foundation
public import Storage
import Synchronization

/// Segments as files of one directory: `00000001.segment` and so on.
public final class LocalSegments: SegmentStore {
    /// A segment takes no further block once it is this large.
    public static let segmentByteCountMax: UInt64 = 64 << 20
    /// Files kept open.
    private static let openCountMax = 64

    private struct State {
        var current: UInt32
        var end: UInt64
        /// Segments with bytes that were written since they were last synchronised.
        var unsynchronized: Set<UInt32> = []
        /// A segment was created since then: its name is not durable either.
        var hasNewName = false
        /// Why a segment could not be synchronised.
        var failure: (any Error)?
        var open: [UInt32: File] = [:]
        var byteCounts: [UInt32: UInt64] = [:]
    }

    private let directory: URL
    private let byteCountMax: UInt64
    private let state: Mutex<State>

    /// - Parameter byteCountMax: a segment takes no further block once it is this large, but for its first one.
    public init(directory: URL, byteCountMax: UInt64 = LocalSegments.segmentByteCountMax) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.directory = directory
        self.byteCountMax = byteCountMax
        self.state = Mutex(State(current: 1, end: 0))
    }

    public func append(_ block: UnsafeRawBufferPointer, trailer: UnsafeRawBufferPointer) throws -> SegmentLocation {
        let byteCount = UInt64(block.count + trailer.count)
        let (file, segment, offset) = try self.state.withLock { state in
            if state.end > 0, state.end + byteCount > self.byteCountMax {
                state.current += 1
                state.end = 0
            }
            let offset = state.end
            if offset == 0 {
                state.open[state.current] = try File.create(self.url(state.current).path)
                state.hasNewName = true
            }
            let file = try self.file(state.current, &state)
            state.end += byteCount
            state.byteCounts[state.current] = state.end
            return (file, state.current, offset)
        }
        try file.write(block, at: offset)
        try file.write(trailer, at: offset + UInt64(block.count))
        // Not before: a synchronisation in between would take the mark and miss these bytes.
        self.state.withLock { _ = $0.unsynchronized.insert(segment) }
        return SegmentLocation(segment: segment, offset: offset, byteCount: UInt32(block.count))
    }

    public func synchronize() throws {
        let (files, hasNewName) = try self.state.withLock { state in
            if let failure = state.failure {
                // The system may have dropped what it could not write, of other uploads too, and reports that once.
                throw StorageError.io("an earlier write did not reach the disk; open the store again: \(failure)")
            }
            let files = try state.unsynchronized.sorted().map { try self.file($0, &state) }
            state.unsynchronized.removeAll()
            defer { state.hasNewName = false }
            return (files, state.hasNewName)
        }
        do {
            for file in files { try file.synchronize() }
            if hasNewName { try File.synchronizeDirectory(self.directory.path) }
        } catch {
            self.state.withLock { $0.failure = error }
            throw error
        }
    }

    public func read(_ location: SegmentLocation, skip: Int, byteCount: Int) throws -> [UInt8] {
        let file = try self.state.withLock { try self.file(location.segment, &$0) }
        return try file.read(at: location.offset + UInt64(skip), byteCount: byteCount)
    }

    public var current: UInt32 { self.state.withLock { $0.current } }

    public func startNext() {
        self.state.withLock { state in
            guard state.end > 0 else { return }
            state.current += 1
            state.end = 0
        }
    }

    public var byteCounts: [UInt32: UInt64] { self.state.withLock { $0.byteCounts } }

    public func remove(_ segment: UInt32) throws {
        try self.state.withLock { state in
            precondition(segment != state.current, "the current segment is still written to")
            try File.remove(self.url(segment).path)
            state.open[segment] = nil
            state.byteCounts[segment] = nil
            state.unsynchronized.remove(segment)
        }
    }

    public func discardUncommitted(ends: [UInt32: UInt64]) throws {
        let last = ends.keys.max() ?? 0
        for name in try FileManager.default.contentsOfDirectory(atPath: self.directory.path) {
            guard let segment = UInt32((name as NSString).deletingPathExtension), name.hasSuffix(".segment") else {
                continue
            }
            if ends[segment] == nil { try FileManager.default.removeItem(at: self.url(segment)) }
        }
        var byteCounts: [UInt32: UInt64] = [:]
        for (segment, end) in ends.sorted(by: { $0.key < $1.key }) {
            byteCounts[segment] = try self.byteCount(of: segment, endingBehind: end)
        }
        try self.state.withLock { state in
            state.byteCounts = byteCounts
            if last > 0 { state.byteCounts[last] = ends[last] }
            state.current = max(last, 1)
            state.end = ends[last] ?? 0
            if last > 0 { try self.file(last, &state).truncate(to: state.end) }
        }
    }

    private func byteCount(of segment: UInt32, endingBehind end: UInt64) throws -> UInt64 {
        let path = self.url(segment).path
        guard FileManager.default.fileExists(atPath: path) else {
            throw StorageError.corrupt("\(path) is gone; committed blocks are in it")
        }
        let byteCount = try self.state.withLock { try self.file(segment, &$0) }.byteCount()
        guard byteCount >= end else {
            throw StorageError.corrupt("\(path) ends at byte \(byteCount); committed blocks reach to byte \(end)")
        }
        return byteCount
    }

    private func url(_ segment: UInt32) -> URL {
        let digits = String(segment)
        let name = String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".segment"
        return self.directory.appendingPathComponent(name)
    }

    private func file(_ segment: UInt32, _ state: inout State) throws -> File {
        if let file = state.open[segment] { return file }
        if state.open.count >= Self.openCountMax { state.open.removeAll() }
        let file = try File.open(self.url(segment).path)
        state.open[segment] = file
        return file
    }
}
