import Foundation
import Hummingbird

/// The description of the routes, from the files in `Description`.
struct OpenAPIDocument: Sendable {
    /// JSON.
    let bytes: [UInt8]
    /// Each as method and path, like `GET /objects/{project}`.
    let operations: Set<String>

    /// - Precondition: the files are JSON objects, and none says what another one says.
    init(version: String) throws {
        var document: [String: Any] = [:]
        for part in Self.parts {
            guard let members = try JSONSerialization.jsonObject(with: Data(part)) as? [String: Any] else {
                preconditionFailure("a part of the description is an object")
            }
            Self.merge(members, into: &document)
        }
        Self.merge(["info": ["version": version]], into: &document)
        self.bytes = Array(
            try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys, .withoutEscapingSlashes]))
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        self.operations = Set(paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } })
    }

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/openapi.json") { _, _ in Response.encodedJSON(self.bytes) }
    }

    private static let parts = [
        PackageResources.common_json, PackageResources.objects_json, PackageResources.files_json,
        PackageResources.uploads_json, PackageResources.accounts_json, PackageResources.projects_json,
        PackageResources.nodes_json,
    ]

    private static func merge(_ members: [String: Any], into object: inout [String: Any]) {
        for (key, value) in members {
            guard var present = object[key] as? [String: Any], let added = value as? [String: Any] else {
                precondition(object.updateValue(value, forKey: key) == nil, "\(key) is described twice")
                continue
            }
            self.merge(added, into: &present)
            object[key] = present
        }
    }
}
