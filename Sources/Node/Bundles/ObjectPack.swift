import Compression
import ObjectModel
import Storage

/// Objects that were sent as one file: a gzip stream of lines of an id, a type and the object's text, with tabs in between.
/// The last one is the root.
struct ObjectPack {
    /// Compressed bytes that are looked at at a time.
    private static let pieceByteCount: UInt64 = 1 << 20

    let blobs: any BlobStore
    let objects: any ObjectWriting

    /// Gives a project all of the objects, or none of them.
    ///
    /// - Returns: the root.
    /// - Throws: ``DomainError`` when the file is none of this kind.
    func ingest(_ file: IngestionFile) async throws -> (root: ObjectID, summary: IngestSummary) {
        let reading = Reading(ingest: self.objects.ingest(into: file.project))
        let byteCount = file.file.content.byteCount
        var position: UInt64 = 0
        while position < byteCount {
            let end = min(position + Self.pieceByteCount, byteCount)
            try reading.take(try await self.blobs.read(putAside: file.place, position..<end))
            try await reading.ingest.flush()
            position = end
        }
        let root = try reading.finish()
        return (root, try await reading.ingest.commit())
    }

    static func malformed(_ text: String) -> DomainError {
        DomainError(.userInput, "The file is no list of objects: \(text).")
    }
}

/// One file on its way in. Belongs to one task.
private final class Reading {
    var ingest: any ObjectIngest
    private var inflater: GzipInflater?
    private var lines = LineSplitter(byteCountMax: Limits.objectByteCountMax)
    private var scanner = ObjectScanner()
    private var last: ObjectID?

    init(ingest: any ObjectIngest) {
        self.ingest = ingest
        self.inflater = GzipInflater(outputByteCountMax: Limits.packRawByteCountMax)
    }

    func take(_ bytes: [UInt8]) throws {
        do {
            try bytes.withUnsafeBytes { bytes in
                try self.inflater?.inflate(bytes) { try self.lines.append($0) { try self.add($0) } }
            }
        } catch is CompressionError {
            throw ObjectPack.malformed("it is not in gzip format, or too long")
        }
    }

    private func add(_ line: UnsafeRawBufferPointer) throws {
        let tab = UInt8(ascii: "\t")
        guard let first = line.firstIndex(of: tab), let second = line[(first + 1)...].firstIndex(of: tab) else {
            throw ObjectPack.malformed("a line has no id, type and text")
        }
        let text = UnsafeRawBufferPointer(rebasing: line[(second + 1)...])
        let facts: ObjectFacts
        do {
            facts = try self.scanner.scan(text)
        } catch {
            throw ObjectPack.malformed("the text of an object cannot be read")
        }
        self.last = facts.id
        try self.ingest.add(text, facts)
    }

    func finish() throws -> ObjectID {
        do {
            try self.inflater?.finish()
        } catch {
            throw ObjectPack.malformed("it is cut")
        }
        try self.lines.finish { try self.add($0) }
        guard let last else { throw ObjectPack.malformed("it is empty") }
        return last
    }
}
