import CZlib

/// Decompresses one gzip stream (RFC 1952), piece by piece and within a limit.
public struct GzipInflater: ~Copyable {
    private static let outputByteCount = 64 << 10

    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    private let outputByteCountMax: Int
    private var outputTotal = 0
    /// The last member has ended; another one may follow.
    private var isAtMemberEnd = false

    /// - Parameter outputByteCountMax: output of the whole stream beyond this is an error.
    public init(outputByteCountMax: Int) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        self.output = .allocate(byteCount: Self.outputByteCount, alignment: 16)
        self.outputByteCountMax = outputByteCountMax
        // 16 + the largest window: gzip only.
        precondition(tiebeam_inflateInit2(self.stream, 15 + 16) == Z_OK, "zlib: out of memory")
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deallocate()
        self.output.deallocate()
    }

    /// Decompresses all of `input`; `body` gets the output in pieces, each valid during the call only.
    ///
    /// - Throws: ``CompressionError``, or what `body` throws.
    public mutating func inflate(
        _ input: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        self.stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        self.stream.pointee.avail_in = UInt32(input.count)
        defer { self.stream.pointee.next_in = nil }
        while true {
            if self.isAtMemberEnd {
                guard self.stream.pointee.avail_in > 0 else { return }
                inflateReset(self.stream)
                self.isAtMemberEnd = false
            }
            self.stream.pointee.next_out = self.output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            self.stream.pointee.avail_out = UInt32(Self.outputByteCount)
            let status = CZlib.inflate(self.stream, Z_NO_FLUSH)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw CompressionError.malformed(self.message)
            }
            let count = Self.outputByteCount - Int(self.stream.pointee.avail_out)
            self.outputTotal += count
            guard self.outputTotal <= self.outputByteCountMax else {
                throw CompressionError.tooLarge(limit: self.outputByteCountMax)
            }
            if count > 0 { try body(UnsafeRawBufferPointer(rebasing: self.output[..<count])) }
            self.isAtMemberEnd = status == Z_STREAM_END
            if !self.isAtMemberEnd, self.stream.pointee.avail_in == 0, self.stream.pointee.avail_out > 0 { return }
        }
    }

    /// Says that no input follows.
    ///
    /// - Throws: ``CompressionError/malformed(_:)`` when the stream is cut short.
    public func finish() throws(CompressionError) {
        guard self.isAtMemberEnd else { throw .malformed("the stream is cut short") }
    }

    private var message: String {
        self.stream.pointee.msg.map { String(cString: $0) } ?? "not a gzip stream"
    }
}
