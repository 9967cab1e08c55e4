package import Foundation
package import ObjectModel

/// From object ids to locations, for all projects of the node: a table of recent entries and sorted runs on disk.
///
/// Derived data. What is not in a run is read back from the segments when the store opens.
package struct ObjectIndex: Sendable {
    /// Entries that are kept in memory before they become a run: about 4 MiB.
    package static let recentCountMax = 65_536

    private let directory: URL?
    /// Oldest first; each covers the blocks after its predecessor's.
    private var runs: [IndexRun] = []
    private var recent = ObjectIDTable()
    private var recentBlocks: ClosedRange<UInt32>?

    /// Opens the runs of `directory`, or keeps everything in memory when it is `nil`.
    ///
    /// A damaged run, one of blocks that are not there, and those behind it are deleted: their blocks are read again.
    ///
    /// - Parameter lastBlock: the last block of the manifest.
    package init(directory: URL?, lastBlock: UInt32) throws {
        self.directory = directory
        guard let directory else { return }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        var candidates: [(URL, IndexRun)] = []
        for file in files {
            if file.pathExtension == "run", let run = IndexRun(contentsOf: file) {
                candidates.append((file, run))
            } else {
                try FileManager.default.removeItem(at: file)
            }
        }
        // A merge that was cut short leaves the merged run beside its parts: the longer one wins.
        candidates.sort {
            ($0.1.blocks.lowerBound, $1.1.blocks.upperBound) < ($1.1.blocks.lowerBound, $0.1.blocks.upperBound)
        }
        var next: UInt32 = 1
        for (file, run) in candidates {
            if run.blocks.lowerBound == next, run.blocks.upperBound <= lastBlock {
                self.runs.append(run)
                next = run.blocks.upperBound + 1
            } else {
                try FileManager.default.removeItem(at: file)
            }
        }
    }

    /// The last block whose objects are all in runs; 0 when there is none.
    package var lastIndexedBlock: UInt32 { self.runs.last?.blocks.upperBound ?? 0 }

    /// Adds the objects of one block. Blocks come in order, none left out.
    package mutating func insert(_ ids: [ObjectID], of block: UInt32) {
        precondition(block == (self.recentBlocks?.upperBound ?? self.lastIndexedBlock) + 1, "blocks come in order")
        self.recentBlocks = (self.recentBlocks?.lowerBound ?? block)...block
        for (slot, id) in ids.enumerated() {
            self.recent.insert(id, at: ObjectLocation(block: block, slot: UInt32(slot)))
        }
    }

    /// The first location of `id` that `predicate` accepts, newest entries first.
    package func first(of id: ObjectID, where predicate: (ObjectLocation) -> Bool) -> ObjectLocation? {
        if let found = self.recent.first(of: id, where: predicate) { return found }
        for run in self.runs.reversed() {
            if let found = run.withEntries({ $0.first(of: id, where: predicate) }) { return found }
        }
        return nil
    }

    /// As ``first(of:where:)`` for each of `ids`, in their order.
    package func first(of ids: [ObjectID], where predicate: (ObjectLocation) -> Bool) -> [ObjectLocation?] {
        var found = ids.map { self.recent.first(of: $0, where: predicate) }
        for run in self.runs.reversed() {
            run.withEntries { entries in
                for index in found.indices where found[index] == nil {
                    found[index] = entries.first(of: ids[index], where: predicate)
                }
            }
        }
        return found
    }

    /// Whether there are so many recent entries that they should become a run.
    package var isFull: Bool { self.directory != nil && self.recent.count >= Self.recentCountMax }

    /// Moves recent entries into a run once there are many. Their blocks must be durable.
    ///
    /// Writes and waits for the disk; copies of the index stay as they are and go on to be read.
    ///
    /// - Parameter isKept: whether there is still a block of this number; objects of others are left out.
    package mutating func flushIfFull(_ isKept: (UInt32) -> Bool = { _ in true }) throws {
        guard self.isFull, let directory, let blocks = self.recentBlocks else { return }
        let run = try Self.write(
            self.recent.sorted().filter { isKept($0.location.block) }, blocks: blocks, in: directory)
        self.runs.append(run)
        self.recent = ObjectIDTable()
        self.recentBlocks = nil
        try self.mergeSmallRuns(in: directory, isKept)
    }

    /// Keeps each run at least twice as large as the one behind it, so that their number stays logarithmic.
    private mutating func mergeSmallRuns(in directory: URL, _ isKept: (UInt32) -> Bool) throws {
        while self.runs.count >= 2, self.runs[self.runs.count - 2].count < 2 * self.runs[self.runs.count - 1].count {
            let last = self.runs.removeLast()
            let previous = self.runs.removeLast()
            let blocks = previous.blocks.lowerBound...last.blocks.upperBound
            let entries = Self.merge(previous, last).filter { isKept($0.location.block) }
            let merged = try Self.write(entries, blocks: blocks, in: directory)
            self.runs.append(merged)
            for part in [previous, last] {
                // What cannot be removed now is when the index opens.
                try? FileManager.default.removeItem(at: Self.file(of: part.blocks, in: directory))
            }
        }
    }

    private static func merge(_ left: IndexRun, _ right: IndexRun) -> [ObjectIDTable.Entry] {
        left.withEntries { left in
            right.withEntries { right in
                var merged: [ObjectIDTable.Entry] = []
                merged.reserveCapacity(left.count + right.count)
                var (first, second) = (0, 0)
                while first < left.count || second < right.count {
                    let takesLeft =
                        second == right.count
                        || (first < left.count && ObjectIDTable.areInOrder(left[first], right[second]))
                    merged.append(takesLeft ? left[first] : right[second])
                    if takesLeft { first += 1 } else { second += 1 }
                }
                return merged
            }
        }
    }

    private static func file(of blocks: ClosedRange<UInt32>, in directory: URL) -> URL {
        directory.appendingPathComponent("\(blocks.lowerBound)-\(blocks.upperBound).run")
    }

    private static func write(
        _ entries: [ObjectIDTable.Entry], blocks: ClosedRange<UInt32>, in directory: URL
    ) throws -> IndexRun {
        let url = self.file(of: blocks, in: directory)
        try File.replace(url.path, with: IndexRun.encode(entries, blocks: blocks))
        guard let run = IndexRun(contentsOf: url) else {
            preconditionFailure("an index run that was just written opens")
        }
        return run
    }
}
