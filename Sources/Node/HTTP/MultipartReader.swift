import Foundation
import NIOCore

/// Why a body is not `multipart/form-data` (RFC 7578), or too much of it.
enum MultipartError: Error, Equatable {
    case malformed
    case headTooLarge
}

/// Cuts a `multipart/form-data` body that comes in pieces into its parts. Holds at most one piece and one head.
struct MultipartReader {
    struct PartHead: Equatable {
        var name: String?
        var filename: String?
        /// Lower-cased, without parameters; `nil` when the part names none.
        var contentType: String?
    }

    enum Event: Equatable {
        case began(PartHead)
        case bytes(ByteBuffer)
        case ended
    }

    private enum State { case preamble, delimiterEnd, head, body, epilogue }

    private let delimiter: [UInt8]
    private var buffer: ByteBuffer
    private var state = State.preamble

    init(boundary: String) {
        self.delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very start: with this it looks like all others.
        self.buffer = ByteBuffer(string: "\r\n")
    }

    /// The boundary of a `Content-Type` header, or `nil` when it is no multipart form.
    static func boundary(of contentType: String) -> String? {
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        let boundary = Self.parameter("boundary", of: contentType)
        return boundary.flatMap { (1...70).contains($0.utf8.count) ? $0 : nil }
    }

    mutating func append(_ piece: ByteBuffer) {
        self.buffer.discardReadBytes()
        self.buffer.writeImmutableBuffer(piece)
    }

    /// The next event, or `nil` when another piece must come first.
    mutating func next() throws(MultipartError) -> Event? {
        while true {
            switch self.state {
            case .preamble:
                guard self.skipToDelimiter() else { return nil }
                self.state = .delimiterEnd
            case .delimiterEnd:
                guard let end = self.buffer.readBytes(length: 2) else { return nil }
                if end == Array("--".utf8) {
                    self.state = .epilogue
                } else {
                    guard end == Array("\r\n".utf8) else { throw .malformed }
                    self.state = .head
                }
            case .head:
                guard let head = try self.readHead() else { return nil }
                self.state = .body
                return .began(head)
            case .body: return self.readBody()
            case .epilogue:
                self.buffer.clear()
                return nil
            }
        }
    }

    /// Says that no piece follows.
    func finish() throws(MultipartError) {
        guard self.state == .epilogue else { throw .malformed }
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        self.buffer.withUnsafeReadableBytes { bytes -> Int? in
            guard let base = bytes.baseAddress else { return nil }
            var start = 0
            // The first byte of every pattern is a carriage return, which is rare in what people upload.
            while bytes.count - start >= pattern.count,
                let hit = memchr(base + start, Int32(pattern[0]), bytes.count - start - pattern.count + 1)
            {
                let index = base.distance(to: UnsafeRawPointer(hit))
                if memcmp(hit, pattern, pattern.count) == 0 { return index }
                start = index + 1
            }
            return nil
        }
    }

    private mutating func skipToDelimiter() -> Bool {
        guard let index = self.find(self.delimiter) else {
            let keep = min(self.delimiter.count - 1, self.buffer.readableBytes)
            self.buffer.moveReaderIndex(forwardBy: self.buffer.readableBytes - keep)
            return false
        }
        self.buffer.moveReaderIndex(forwardBy: index + self.delimiter.count)
        return true
    }

    private mutating func readBody() -> Event? {
        if let index = self.find(self.delimiter) {
            if index > 0 { return self.buffer.readSlice(length: index).map(Event.bytes) }
            self.buffer.moveReaderIndex(forwardBy: self.delimiter.count)
            self.state = .delimiterEnd
            return .ended
        }
        let safe = self.buffer.readableBytes - (self.delimiter.count - 1)
        return safe > 0 ? self.buffer.readSlice(length: safe).map(Event.bytes) : nil
    }

    private mutating func readHead() throws(MultipartError) -> PartHead? {
        let end = Array("\r\n\r\n".utf8)
        guard let index = self.find(end) else {
            guard self.buffer.readableBytes <= Limits.partHeadByteCountMax else { throw .headTooLarge }
            return nil
        }
        guard index <= Limits.partHeadByteCountMax else { throw .headTooLarge }
        let text = self.buffer.readString(length: index) ?? ""
        self.buffer.moveReaderIndex(forwardBy: end.count)
        var head = PartHead()
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch line[..<colon].lowercased() {
            case "content-disposition":
                head.name = Self.parameter("name", of: value)
                head.filename = Self.parameter("filename", of: value)
            case "content-type":
                head.contentType = value.split(separator: ";").first.map {
                    $0.trimmingCharacters(in: .whitespaces).lowercased()
                }
            default: continue
            }
        }
        return head
    }

    /// A parameter of a header, quotes removed.
    private static func parameter(_ name: String, of header: String) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces).lowercased() == name else { continue }
            let value = pair[1].trimmingCharacters(in: .whitespaces)
            return value.hasPrefix("\"") && value.hasSuffix("\"") && value.count >= 2
                ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }
}
