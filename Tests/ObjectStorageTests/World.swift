import Foundation
import ObjectModel
import ObjectStorage
import Storage
import StorageSQLite
import StorageTestKit
import Testing

/// The durable parts of one store, to open it again and again.
///
/// Local worlds open their files and their database anew each time, memory worlds keep theirs.
final class World {
    enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case memory
        case local

        var testDescription: String { self.rawValue }
    }

    private let kind: Kind
    private let memory: (segments: MemorySegments, manifest: MemoryBlockManifest)
    private let segmentByteCountMax: Int
    private let directory: TemporaryDirectory
    var settings = BlockSettings(rawByteCountTarget: 16 << 10, level: 1)
    /// Those of the last opening.
    private(set) var segments: FaultySegments
    private(set) var manifest: FaultyManifest
    private(set) var database: TiebeamDatabase?

    /// - Parameter segmentByteCountMax: a segment takes no further block once it is this large.
    init(_ kind: Kind, segmentByteCountMax: Int = 64 << 20) throws {
        self.kind = kind
        self.segmentByteCountMax = segmentByteCountMax
        self.memory = (MemorySegments(byteCountMax: segmentByteCountMax), MemoryBlockManifest())
        self.directory = try TemporaryDirectory()
        self.segments = FaultySegments(self.memory.segments)
        self.manifest = FaultyManifest(self.memory.manifest)
    }

    func open() throws -> BlockStore {
        switch self.kind {
        case .memory:
            self.segments = FaultySegments(self.memory.segments)
            self.manifest = FaultyManifest(self.memory.manifest)
        case .local:
            let database = try TiebeamDatabase(file: self.databaseFile)
            self.database = database
            self.segments = FaultySegments(
                try LocalSegments(
                    directory: self.segmentDirectory, byteCountMax: UInt64(self.segmentByteCountMax)))
            self.manifest = FaultyManifest(database.blockManifest())
        }
        var settings = self.settings
        // The directory lives as long as a store that is open in it.
        settings.boundary = { [directory = self.directory, boundary = self.settings.boundary] place in
            withExtendedLifetime(directory) { boundary(place) }
        }
        return try BlockStore(
            segments: self.segments, manifest: self.manifest,
            indexDirectory: self.kind == .local ? self.indexDirectory : nil, settings: settings)
    }

    var databaseFile: URL { self.directory.url.appendingPathComponent("tiebeam.db") }
    var segmentDirectory: URL { self.directory.url.appendingPathComponent("segments") }
    var indexDirectory: URL { self.directory.url.appendingPathComponent("index") }
    var firstSegment: URL { self.segmentDirectory.appendingPathComponent("00000001.segment") }

    /// Changes one byte of the first segment, as a failing disk does. Doing it twice undoes it.
    func damage(at offset: Int) throws {
        switch self.kind {
        case .memory: self.memory.segments.damage(at: offset)
        case .local:
            let file = try FileHandle(forUpdating: self.firstSegment)
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(offset))
            let byte = try #require(try file.read(upToCount: 1)?.first)
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: [byte ^ 0x55])
        }
    }
}
