import Foundation
import ObjectModel
import Storage
import Synchronization

/// Segments with a place to die before, in and behind each write.
final class KillingSegments: SegmentStore {
    private let base: any SegmentStore
    private let killer: Killer
    private let directory: URL
    private let unsynchronized = Mutex<[SegmentLocation]>([])

    /// - Parameter losesPower: what was not synchronised when the process ends is lost.
    init(_ base: any SegmentStore, in directory: URL, _ killer: Killer, losesPower: Bool) {
        self.base = base
        self.killer = killer
        self.directory = directory
        if losesPower { killer.onPowerLoss { [weak self] in self?.loseUnsynchronized() } }
    }

    func append(_ block: UnsafeRawBufferPointer, trailer: UnsafeRawBufferPointer) throws -> SegmentLocation {
        self.killer.reach("append: before")
        self.killer.reach("append: within") {
            let part = UnsafeRawBufferPointer(rebasing: block[..<(block.count / 2)])
            _ = try? self.base.append(part, trailer: UnsafeRawBufferPointer(rebasing: trailer[..<0]))
        }
        let location = try self.base.append(block, trailer: trailer)
        self.unsynchronized.withLock { $0.append(location) }
        return location
    }

    func synchronize() throws {
        self.killer.reach("synchronize: before")
        let locations = self.unsynchronized.withLock { $0 }
        try self.base.synchronize()
        self.unsynchronized.withLock { all in all.removeAll { locations.contains($0) } }
    }

    func read(_ location: SegmentLocation, skip: Int, byteCount: Int) throws -> [UInt8] {
        try self.base.read(location, skip: skip, byteCount: byteCount)
    }

    var current: UInt32 { self.base.current }
    func startNext() { self.base.startNext() }
    var byteCounts: [UInt32: UInt64] { self.base.byteCounts }

    func remove(_ segment: UInt32) throws {
        self.killer.reach("remove: before")
        try self.base.remove(segment)
        self.unsynchronized.withLock { $0.removeAll { $0.segment == segment } }
    }

    func discardUncommitted(ends: [UInt32: UInt64]) throws {
        self.killer.reach("discard: before")
        try self.base.discardUncommitted(ends: ends)
    }

    /// Overwrites each block that was not synchronised, as a disk may leave it.
    private func loseUnsynchronized() {
        for location in self.unsynchronized.withLock({ $0 }) {
            let digits = String(location.segment)
            let name = String(repeating: "0", count: 8 - digits.count) + digits + ".segment"
            guard let file = try? FileHandle(forUpdating: self.directory.appendingPathComponent(name)) else { continue }
            try? file.seek(toOffset: location.offset)
            try? file.write(contentsOf: [UInt8](repeating: 0, count: Int(location.byteCount)))
            try? file.close()
        }
    }
}

/// A manifest with a place to die before and in each transaction; behind it is a place of the store.
struct KillingManifest: BlockManifest {
    let base: any BlockManifest
    let killer: Killer

    func blocks(after last: BlockID?) throws -> [BlockRecord] { try self.base.blocks(after: last) }
    func lastBlockNumber() throws -> UInt32 { try self.base.lastBlockNumber() }
    func unusedBlocks() throws -> [BlockID] { try self.base.unusedBlocks() }
    func journal(of project: ProjectID) throws -> JournalHead? { try self.base.journal(of: project) }
    func projects() throws -> [ProjectID] { try self.base.projects() }
    func extents(of project: ProjectID) throws -> [Extent] { try self.base.extents(of: project) }
    func waiting(in project: ProjectID) throws -> [WaitingObject] { try self.base.waiting(in: project) }

    func commit(_ batch: ManifestBatch, joining: (@Sendable (any MetadataWriting) throws -> Void)?) throws {
        try self.base.commit(batch) { rows in
            self.killer.reach("manifest: rows of objects")
            try joining?(rows)
            self.killer.reach("manifest: before its end")
        }
    }
}

/// Metadata with places to die around and in each write.
struct KillingMetadataStore: MetadataStore {
    let base: any MetadataStore
    let killer: Killer

    func read<Result: Sendable>(
        _ body: @Sendable (any MetadataReading) throws -> Result
    ) async throws -> Result {
        try await self.base.read(body)
    }

    func write<Result: Sendable>(
        _ body: @Sendable (any MetadataWriting) throws -> Result
    ) async throws -> Result {
        let result = try await self.base.write { rows in
            self.killer.reach("metadata: before its rows")
            let result = try body(rows)
            self.killer.reach("metadata: before its end")
            return result
        }
        self.killer.reach("metadata: written")
        return result
    }
}
