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

    enum Kind: String { case frame, block, delta, data }
    var kind: Kind { self.id.split(separator: "-").first.flatMap { Kind(rawValue: String($0)) } ?? .frame }

    /// Every vector of a folder; traps when the folder cannot be read, so that none is skipped silently.
    static func all(_ folder: String) -> [Vector] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Spec/vectors/\(folder)").standardized
        do {
            let files = try FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)
            return try files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map {
                try JSONDecoder().decode(Vector.self, from: Data(contentsOf: $0))
            }
        } catch {
            preconditionFailure("the vectors cannot be read: \(error)")
        }
    }
}
