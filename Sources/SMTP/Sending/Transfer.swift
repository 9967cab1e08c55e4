import CCurl

/// What one call of libcurl reads, and what it hears. One thread uses it.
final class Transfer {
    private let bytes: [UInt8]
    private var offset = 0
    private let cancellation: Cancellation
    private var line: [UInt8] = []

    init(_ bytes: [UInt8], _ cancellation: Cancellation) {
        self.bytes = bytes
        self.cancellation = cancellation
    }

    /// Whether libcurl has asked for what comes after the last byte.
    private(set) var isBodySent = false

    /// What the server said last, in one line.
    var answer: String {
        MailText.oneLine(String(decoding: self.line, as: UTF8.self)).split(separator: " ").joined(separator: " ")
    }

    /// - Returns: whether libcurl took it. It must not call after the transfer is gone.
    func attach(to handle: UnsafeMutableRawPointer) -> Bool {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let results = [
            tiebeam_curl_onRead(handle) { buffer, size, count, context in
                guard let buffer, let context else { return Int(CURL_READFUNC_ABORT) }
                return Transfer.at(context).read(
                    into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
            },
            tiebeam_curl_setPointer(handle, CURLOPT_READDATA, context),
            tiebeam_curl_onHeader(handle) { buffer, size, count, context in
                if let buffer, let context {
                    Transfer.at(context).hear(UnsafeRawBufferPointer(start: buffer, count: size * count))
                }
                return size * count
            },
            tiebeam_curl_setPointer(handle, CURLOPT_HEADERDATA, context),
            tiebeam_curl_onProgress(handle) { context, _, _, _, _ in
                context.map { Transfer.at($0).cancellation.isCancelled } == true ? 1 : 0
            },
            tiebeam_curl_setPointer(handle, CURLOPT_XFERINFODATA, context),
            tiebeam_curl_setByteCount(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(self.bytes.count)),
        ]
        return results.allSatisfy { $0 == CURLE_OK }
    }

    private static func at(_ context: UnsafeMutableRawPointer) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.bytes.count - self.offset)
        buffer.copyBytes(from: self.bytes[self.offset..<(self.offset + count)])
        self.offset += count
        self.isBodySent = self.offset == self.bytes.count
        return count
    }

    private func hear(_ line: UnsafeRawBufferPointer) {
        // Good-bye says nothing of the mail.
        guard !line.starts(with: Array("221".utf8)) else { return }
        self.line = Array(line.prefix(Limits.answerByteCountMax))
    }
}
