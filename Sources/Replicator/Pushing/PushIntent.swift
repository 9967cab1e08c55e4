import Foundation
import Storage

/// The intents of this release, as JSON: a version to publish, or a file under the one member `blob`. Replies are
/// `created` or `exists` (Spec §10.3).
enum PushIntent {
    private struct File: Codable { var blob: PublishedBlob }

    static func decode(_ bytes: [UInt8]) throws -> Publication {
        let data = Data(bytes)
        if let file = try? JSONDecoder().decode(File.self, from: data) { return .blob(file.blob) }
        return .version(try JSONDecoder().decode(PublishedVersion.self, from: data))
    }

    static func encode(_ publication: Publication) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return switch publication {
        case .version(let version): Array(try encoder.encode(version))
        case .blob(let blob): Array(try encoder.encode(File(blob: blob)))
        }
    }

    static func reply(isNew: Bool) -> [UInt8] { Array((isNew ? "created" : "exists").utf8) }
}
