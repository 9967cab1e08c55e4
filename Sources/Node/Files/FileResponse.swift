import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Answers with the bytes of a file, or with those that a request asks for. They never change.
struct FileResponse {
    /// Bytes that are read from the store at a time.
    private static let pieceByteCount: UInt64 = 1 << 20

    let blobs: any BlobStore
    let fileName: String
    let content: BlobContent
    /// Anybody may read it.
    let isPublic: Bool

    func response(to request: Request) -> Response {
        let (tag, byteCount) = (self.content.entityTag, self.content.byteCount)
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .eTag: tag, .acceptRanges: "bytes",
            .cacheControl: "\(self.isPublic ? "public" : "private"), max-age=31536000, immutable",
            .contentDisposition: Self.disposition(self.fileName),
        ]
        if let policy = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[policy] = "cross-origin" }
        if request.headers[.ifNoneMatch]?.contains(tag) ?? false {
            return Response(status: .notModified, headers: headers)
        }
        let isCurrent = request.headers[.ifRange].map { $0 == tag } ?? true
        switch isCurrent ? ByteRange(request.headers[.range], of: byteCount) : .whole {
        case .whole:
            return Response(status: .ok, headers: headers, body: self.body(0..<byteCount))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(byteCount)"
            return Response(status: .partialContent, headers: headers, body: self.body(range))
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(byteCount)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    private func body(_ range: Range<UInt64>) -> ResponseBody {
        let (blobs, digest) = (self.blobs, self.content.digest)
        return ResponseBody(contentLength: range.count) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let end = min(position + Self.pieceByteCount, range.upperBound)
                try await writer.write(ByteBuffer(bytes: blobs.read(digest, position..<end)))
                position = end
            }
            try await writer.finish(nil)
        }
    }

    /// The name in ASCII for old clients, and as it is (RFC 6266, RFC 8187).
    static func disposition(_ name: String) -> String {
        let plain = name.map { character -> Character in
            character.isASCII && !character.isNewline && !"\"\\%".contains(character)
                && character.asciiValue.map { $0 >= 0x20 && $0 < 0x7F } ?? false ? character : "_"
        }
        let encoded = name.percentEncoded
        return "attachment; filename=\"\(String(plain))\"; filename*=UTF-8''\(encoded)"
    }
}
