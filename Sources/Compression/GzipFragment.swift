import CZlib

/// A stretch of a gzip stream that was compressed by itself, so that streams can be put together from stored ones.
///
/// It is raw deflate data (RFC 1951) that refers to nothing before it and ends on a byte boundary.
public struct GzipFragment: Equatable, Sendable {
    public var deflated: [UInt8]
    /// Of the content, as gzip's trailer needs it.
    public var checksum: UInt32
    /// Of the content.
    public var byteCount: Int

    public init(deflated: [UInt8], checksum: UInt32, byteCount: Int) {
        self.deflated = deflated
        self.checksum = checksum
        self.byteCount = byteCount
    }

    /// Compresses `content`.
    ///
    /// - Parameter level: zlib's scale, 1 (fast) to 9 (small).
    public init(_ content: UnsafeRawBufferPointer, level: Int32) {
        var stream = z_stream()
        precondition(tiebeam_deflateInit2(&stream, level, -15, 8) == Z_OK, "zlib: out of memory")
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(content.count))) + 16
        self.deflated = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            stream.next_in = UnsafeMutablePointer(mutating: content.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(content.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(bound)
            let status = CZlib.deflate(&stream, Z_FULL_FLUSH)
            precondition(status == Z_OK && stream.avail_in == 0, "zlib: the output has the size that zlib asked for")
            count = bound - Int(stream.avail_out)
        }
        self.checksum = UInt32(crc32_z(0, content.baseAddress?.assumingMemoryBound(to: UInt8.self), content.count))
        self.byteCount = content.count
    }
}

/// Puts fragments together to one gzip stream.
public struct GzipAssembly: Sendable {
    /// What comes before the first fragment.
    public static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

    private var checksum: UInt = 0
    private var byteCount = 0

    public init() {}

    /// Counts a fragment in whose deflated bytes come next in the stream.
    public mutating func add(_ fragment: GzipFragment) {
        self.checksum = crc32_combine(self.checksum, UInt(fragment.checksum), fragment.byteCount)
        self.byteCount += fragment.byteCount
    }

    /// What comes after the last fragment: an empty final block and the trailer.
    public var trailer: [UInt8] {
        var bytes: [UInt8] = [0x03, 0x00]
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: self.checksum).littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: self.byteCount).littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }
}
