import Compression
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Sends objects of one project, block by block: memory stays within a block or two, whatever is asked for.
struct ObjectDownload: Sendable {
    /// Answers that are compressed once and kept are worth more effort than others.
    private static let cachedLevel: Int32 = 6

    let objects: any ObjectReading
    let gzipCache: GzipCache?
    let form: ObjectForm
    let mask: PropertyMask?
    /// `nil` sends texts as they are.
    let coding: ContentCoding?

    /// - Parameter first: an object that comes before all others.
    func response(_ plan: ReadPlan, first: (id: ObjectID, text: [UInt8])? = nil) -> Response {
        var headers: HTTPFields = [
            .contentType: self.form == .lines ? "text/plain; charset=UTF-8" : "application/json; charset=utf-8",
            .vary: "Accept-Encoding",
        ]
        if let coding { headers[.contentEncoding] = coding.rawValue }
        let body = ResponseBody { writer in
            defer { withExtendedLifetime(plan.hold) {} }
            var output = Output(self.coding)
            var isFirst = true
            try await writer.write(output.begin)
            if let first {
                var bytes: [UInt8] = []
                self.form.append(first.id, try self.masked(first.text[...]), isFirst: true, to: &bytes)
                isFirst = false
                try await writer.write(output.encode(bytes))
            }
            for read in plan.reads {
                try await writer.write(try await self.encode(read, isFirst: isFirst, &output))
                isFirst = false
            }
            try await writer.write(output.encode(self.form.end(isEmpty: isFirst)))
            try await writer.write(output.end())
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private func encode(_ read: ReadPlan.Read, isFirst: Bool, _ output: inout Output) async throws -> ByteBuffer {
        let isCacheable = self.coding == .gzip && read.isWholeBlock && self.form == .lines && self.mask == nil
        if isCacheable, let fragment = self.gzipCache?.fragment(of: read.block) { return output.add(fragment) }
        let block = try await self.objects.decode(read.block)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(block.bytes.count + read.slots.count * 40)
        for (index, slot) in read.slots.enumerated() {
            self.form.append(
                block.ids[Int(slot)], try self.masked(block.text(at: slot)), isFirst: isFirst && index == 0,
                to: &bytes)
        }
        guard isCacheable, let gzipCache else { return output.encode(bytes) }
        let fragment = bytes.withUnsafeBytes { GzipFragment($0, level: Self.cachedLevel) }
        gzipCache.store(fragment, of: read.block)
        return output.add(fragment)
    }

    private func masked(_ text: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        guard let mask else { return text }
        return try text.withUnsafeBytes { try mask.apply(to: $0) }[...]
    }
}

/// Encodes an answer's pieces, compressed or not.
private struct Output: ~Copyable {
    private static let gzipLevel: Int32 = 2
    private static let zstdLevel: Int32 = 3

    private let coding: ContentCoding?
    private var assembly = GzipAssembly()
    private var frame: ZstdStreamCompressor?

    init(_ coding: ContentCoding?) {
        self.coding = coding
        self.frame = coding == .zstd ? ZstdStreamCompressor(level: Self.zstdLevel) : nil
    }

    var begin: ByteBuffer { self.coding == .gzip ? ByteBuffer(bytes: GzipAssembly.header) : ByteBuffer() }

    mutating func encode(_ bytes: [UInt8]) -> ByteBuffer {
        guard !bytes.isEmpty else { return ByteBuffer() }
        return switch self.coding {
        case nil: ByteBuffer(bytes: bytes)
        case .gzip: self.add(bytes.withUnsafeBytes { GzipFragment($0, level: Self.gzipLevel) })
        case .zstd: self.compress(bytes)
        }
    }

    mutating func add(_ fragment: GzipFragment) -> ByteBuffer {
        self.assembly.add(fragment)
        return ByteBuffer(bytes: fragment.deflated)
    }

    mutating func end() -> ByteBuffer {
        switch self.coding {
        case nil: ByteBuffer()
        case .gzip: ByteBuffer(bytes: self.assembly.trailer)
        case .zstd: self.compress([], isLast: true)
        }
    }

    private mutating func compress(_ bytes: [UInt8], isLast: Bool = false) -> ByteBuffer {
        ByteBuffer(bytes: bytes.withUnsafeBytes { self.frame?.compress($0, isLast: isLast) ?? [] })
    }
}
