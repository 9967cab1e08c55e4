import Compression
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Takes the body of one upload in, part by part and piece by piece. All of it becomes visible at once, or nothing.
struct ObjectUpload {
    private var ingest: any ObjectIngest
    private var scanner = ObjectScanner()
    private var part: Part?
    private var partCount = 0

    init(_ objects: any ObjectWriting, project: ProjectID) {
        self.ingest = objects.ingest(into: project)
    }

    /// - Throws: ``PlainFailure`` in the words of Speckle's server, or ``StorageError``.
    mutating func receive(_ body: RequestBody, boundary: String) async throws -> IngestSummary {
        var reader = MultipartReader(boundary: boundary)
        do {
            for try await piece in body {
                reader.append(piece)
                while let event = try reader.next() {
                    try self.handle(event)
                    try await self.ingest.flush()
                }
            }
            try reader.finish()
        } catch is MultipartError {
            throw PlainFailure(
                .badRequest, "Failed to parse request headers and body content as valid multipart/form-data.")
        }
        return try await self.ingest.commit()
    }

    private mutating func handle(_ event: MultipartReader.Event) throws {
        switch event {
        case .began(let head): self.part = try self.begin(head)
        case .bytes(let bytes): try self.take(bytes)
        case .ended:
            try self.part?.finish()
            self.part = nil
        }
    }

    private mutating func begin(_ head: MultipartReader.PartHead) throws -> Part? {
        // A part without a file name is a plain field of the form.
        guard head.filename != nil else { return nil }
        self.partCount += 1
        guard self.partCount <= Limits.uploadPartCountMax else {
            throw PlainFailure(.badRequest, "An upload has at most \(Limits.uploadPartCountMax) parts.")
        }
        switch head.contentType {
        case "application/gzip": return Part(isCompressed: true)
        case "text/plain", "application/json", "application/octet-stream": return Part(isCompressed: false)
        default:
            throw PlainFailure(
                .badRequest,
                "Invalid ContentType header. This route only accepts \"application/gzip\", \"text/plain\" or "
                    + "\"application/json\".")
        }
    }

    private mutating func take(_ bytes: ByteBuffer) throws {
        guard let part else { return }
        // In place: of a second holder's block in the making, all would be copied.
        try bytes.withUnsafeReadableBytes { bytes in
            try part.append(bytes) { text in
                let facts = try Self.facts(of: text, &self.scanner)
                try self.ingest.add(text, facts)
            }
        }
    }

    private static func facts(
        of text: UnsafeRawBufferPointer, _ scanner: inout ObjectScanner
    ) throws -> ObjectFacts {
        do {
            return try scanner.scan(text)
        } catch {
            throw PlainFailure(.badRequest, "Failed to parse data. \(Self.explain(error))")
        }
    }

    private static func explain(_ error: ObjectTextError) -> String {
        switch error {
        case .malformed(let offset): "Batch is not in JSON format: byte \(offset) of an object."
        case .tooDeep: "An object nests deeper than \(ObjectScanner.depthMax)."
        case .invalidUTF8(let offset): "Byte \(offset) of an object is not UTF-8."
        case .notAnObject: "The batch must hold objects only."
        case .invalidID: "An object's id must be 32 lower-case hexadecimal digits."
        }
    }
}

/// One batch of objects on its way in.
private final class Part {
    private var inflater: GzipInflater?
    private var splitter = ObjectArraySplitter(objectByteCountMax: Limits.objectByteCountMax)
    private var byteCount = 0

    init(isCompressed: Bool) {
        self.inflater =
            isCompressed ? GzipInflater(outputByteCountMax: Limits.uploadPartRawByteCountMax) : nil
    }

    func append(_ bytes: UnsafeRawBufferPointer, _ object: (UnsafeRawBufferPointer) throws -> Void) throws {
        self.byteCount += bytes.count
        guard self.byteCount <= Limits.uploadPartByteCountMax else {
            throw PlainFailure(
                .contentTooLarge, "File size too large (\(self.byteCount) > \(Limits.uploadPartByteCountMax))")
        }
        try self.translated {
            if self.inflater == nil {
                try self.splitter.append(bytes, object)
            } else {
                try self.inflater?.inflate(bytes) { try self.splitter.append($0, object) }
            }
        }
    }

    func finish() throws {
        try self.translated {
            try self.inflater?.finish()
            try self.splitter.finish()
        }
    }

    private func translated(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as CompressionError {
            switch error {
            case .malformed: throw PlainFailure(.badRequest, "Failed to parse data. Batch is not in gzip format.")
            case .tooLarge(let limit):
                throw PlainFailure(.contentTooLarge, "File size too large (more than \(limit) bytes, decompressed)")
            }
        } catch let error as ObjectArrayError {
            switch error {
            case .malformed: throw PlainFailure(.badRequest, "Failed to parse data. Batch is not in JSON format.")
            case .notAnArray:
                throw PlainFailure(
                    .badRequest, "Failed to parse data. Object batches are expected to be wrapped in a JSON array.")
            case .objectTooLarge(let limit):
                throw PlainFailure(.contentTooLarge, "Object too large (more than \(limit) bytes)")
            }
        }
    }
}
