import CZstd

/// Why bytes could not be decompressed.
public enum CompressionError: Error, Equatable, Sendable {
    /// The input is not what its format says; the text is the library's.
    case malformed(String)
    /// The output would be larger than allowed.
    case tooLarge(limit: Int)
}

/// Compresses whole buffers into single zstd frames. Keeps its working memory between calls; not for sharing.
public struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer

    /// - Parameter level: zstd's scale, 1 (fast) to 19 (small).
    public init(level: Int32) {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("zstd context: out of memory") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(self.context) }

    /// One frame that holds all of `bytes`, with the content size in its header and a checksum at its end.
    ///
    /// - Parameter prefix: bytes that the frame may refer to; whoever decompresses it needs the same ones.
    public borrowing func compress(_ bytes: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer? = nil) -> [UInt8] {
        if let prefix {
            let windowLog = Int.bitWidth - max(prefix.count + bytes.count, 1 << 10).leadingZeroBitCount
            ZSTD_CCtx_setParameter(self.context, ZSTD_c_windowLog, Int32(windowLog))
            ZSTD_CCtx_setParameter(self.context, ZSTD_c_enableLongDistanceMatching, 1)
            ZSTD_CCtx_refPrefix(self.context, prefix.baseAddress, prefix.count)
        }
        let bound = ZSTD_compressBound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            let written = ZSTD_compress2(self.context, output.baseAddress, bound, bytes.baseAddress, bytes.count)
            precondition(ZSTD_isError(written) == 0, "zstd: the output buffer has the size that zstd asked for")
            count = written
        }
    }
}

/// Compresses a stream into one zstd frame, piece by piece: what was written so far can be read before the next piece.
public struct ZstdStreamCompressor: ~Copyable {
    private let context: OpaquePointer

    /// - Parameter level: zstd's scale, 1 (fast) to 19 (small).
    public init(level: Int32) {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("zstd context: out of memory") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    }

    deinit { ZSTD_freeCCtx(self.context) }

    /// - Parameter isLast: whether the frame ends with it.
    public mutating func compress(_ bytes: UnsafeRawBufferPointer, isLast: Bool = false) -> [UInt8] {
        // Beside what the bytes take at most: what may be left in the compressor, and the ends of blocks and frame.
        let bound = ZSTD_compressBound(bytes.count) + ZSTD_CStreamOutSize()
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: bound, pos: 0)
            var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            let left = ZSTD_compressStream2(self.context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_flush)
            precondition(left == 0, "zstd: all was flushed into a buffer that has room for it")
            count = target.pos
        }
    }
}

/// Decompresses single zstd frames. Keeps its working memory between calls; not for sharing.
public struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer

    public init() {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("zstd context: out of memory") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(self.context) }

    /// The content of `frame`, which must be exactly `byteCount` bytes.
    ///
    /// - Parameter prefix: what the frame was compressed with.
    /// - Throws: ``CompressionError/malformed(_:)`` when `frame` is broken or its content has another length.
    public borrowing func decompress(
        _ frame: UnsafeRawBufferPointer, byteCount: Int, prefix: UnsafeRawBufferPointer? = nil
    ) throws(CompressionError) -> [UInt8] {
        if let prefix { ZSTD_DCtx_refPrefix(self.context, prefix.baseAddress, prefix.count) }
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            let written = ZSTD_decompressDCtx(
                self.context, output.baseAddress, byteCount, frame.baseAddress, frame.count)
            if ZSTD_isError(written) != 0 {
                failure = String(cString: ZSTD_getErrorName(written))
                count = 0
            } else {
                count = written
            }
        }
        if let failure { throw .malformed(failure) }
        guard bytes.count == byteCount else { throw .malformed("\(bytes.count) bytes instead of \(byteCount)") }
        return bytes
    }
}
