import Foundation
import ObjectModel
import Storage

/// The picture of a comment. Clients send and get it as a data URL; it is kept as a file of the project.
struct Screenshot {
    private static let marker = ";base64,"
    /// How the formats that are taken begin.
    private static let formats: [(type: String, start: [UInt8])] = [
        ("image/png", [0x89, 0x50, 0x4E, 0x47]), ("image/jpeg", [0xFF, 0xD8, 0xFF]),
        ("image/webp", Array("RIFF".utf8)), ("image/gif", Array("GIF8".utf8)),
    ]

    let bytes: [UInt8]

    /// - Throws: ``DomainError`` for what is no image, or too large.
    init?(dataURL text: String?) throws {
        guard let text, !text.isEmpty else { return nil }
        guard text.hasPrefix("data:image/"), let marker = text.range(of: Self.marker),
            let data = Data(base64Encoded: String(text[marker.upperBound...])),
            Self.formats.contains(where: { data.starts(with: $0.start) })
        else { throw DomainError(.userInput, "The screenshot must be a data URL of an image.") }
        guard data.count <= Limits.screenshotByteCountMax else {
            throw DomainError(.userInput, "A screenshot has at most \(Limits.screenshotByteCountMax >> 20) MB.")
        }
        self.bytes = Array(data)
    }

    /// Makes it durable.
    func store(in blobs: any BlobStore) async throws -> BlobContent {
        let upload = try await blobs.upload()
        do {
            try await upload.append(self.bytes)
            return try await upload.finish()
        } catch {
            await upload.cancel()
            throw error
        }
    }

    /// `nil` for a file that is no image, or too large.
    static func dataURL(of blob: Blob, in blobs: any BlobStore) async throws -> String? {
        guard blob.byteCount <= UInt64(Limits.screenshotByteCountMax) else { return nil }
        let bytes = try await blobs.read(blob.digest, 0..<blob.byteCount)
        guard let format = self.formats.first(where: { bytes.starts(with: $0.start) }) else { return nil }
        return "data:\(format.type)\(self.marker)\(Data(bytes).base64EncodedString())"
    }
}
