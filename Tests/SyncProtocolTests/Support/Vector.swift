import Foundation
import Testing

/// One file of `Spec/vectors`.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    var id: String
    var requirement: String
    var hex: String
    var decoded: JSONValue?
    var error: String?
    var reencodes: Bool?

    var bytes: [UInt8] { [UInt8](hex: self.hex) }
    var errorCode: UInt16? { self.error.flatMap { UInt16($0.dropFirst(2), radix: 16) } }
    var testDescription: String { "\(self.requirement) \(self.id)" }

    var bases: [String: String]?

    enum Kind: String {
        case frame, block, delta, data, document
        case lease = "lease-document"
    }
    var kind: Kind {
        if self.id.hasPrefix(Kind.lease.rawValue) { return .lease }
        return self.id.split(separator: "-").first.flatMap { Kind(rawValue: String($0)) } ?? .frame
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Spec/vectors").standardized

    /// The one file of sketches; traps when it cannot be read.
    static func sketch() -> JSONValue {
        do {
            return try JSONDecoder().decode(
                JSONValue.self, from: Data(contentsOf: Self.root.appending(path: "sketch.json")))
        } catch {
            preconditionFailure("the vectors cannot be read: \(error)")
        }
    }

    /// Every vector of a folder; traps when the folder cannot be read, so that none is skipped silently.
    static func all(_ folder: String) -> [Vector] {
        do {
            let files = try FileManager.default.contentsOfDirectory(
                at: Self.root.appending(path: folder), includingPropertiesForKeys: nil)
            return try files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map {
                try JSONDecoder().decode(Vector.self, from: Data(contentsOf: $0))
            }
        } catch {
            preconditionFailure("the vectors cannot be read: \(error)")
        }
    }
}
