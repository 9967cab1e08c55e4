import Foundation
import ObjectModel

/// One thing that whoever has a signed URL may do, without a token.
struct Link {
    /// What may be done; a link for one thing is none for another.
    enum Purpose: String {
        case sendBundleFile = "send-bundle-file"
        case readBundleFile = "read-bundle-file"
        case sendFile = "send-file"
    }

    let purpose: Purpose
    /// Percent-encoded, from the first slash.
    let path: String
    /// What the node has to know and the path does not say, percent-encoded by name.
    var query: [(name: String, value: String)] = []
    /// All that the path says, and what is not in it.
    let names: [String]

    /// Sending one file of a bundle that is being made.
    static func sendBundleFile(_ name: String, of ingestion: IngestionID, in project: ProjectID) -> Link {
        Link(
            purpose: .sendBundleFile,
            path: "/api/v2/projects/\(project)/modelingestion/\(ingestion)/uploads/\(name.percentEncoded)",
            names: [project.rawValue, ingestion.rawValue, name])
    }

    /// Reading one file of a version.
    static func readBundleFile(_ name: String, of version: VersionID, in project: ProjectID) -> Link {
        Link(
            purpose: .readBundleFile,
            path: "/api/v2/projects/\(project)/versions/\(version)/artifacts/\(name.percentEncoded)",
            names: [project.rawValue, version.rawValue, name])
    }

    /// Sending a file for somebody, which the project will have under this id and name.
    static func sendFile(_ id: BlobID, called name: String, by user: UserID, in project: ProjectID) -> Link {
        Link(
            purpose: .sendFile, path: "/api/v2/projects/\(project)/files/\(id)",
            query: [("name", name.percentEncoded), ("user", user.rawValue)],
            names: [project.rawValue, id.rawValue, name, user.rawValue])
    }
}

extension String {
    /// As a part of a URL.
    var percentEncoded: String { self.addingPercentEncoding(withAllowedCharacters: .unreserved) ?? "" }
}

extension CharacterSet {
    /// What stands for itself in any part of a URL (RFC 3986 §2.3).
    static let unreserved = CharacterSet(charactersIn: "-._~").union(
        CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "A"..."Z")).union(
            CharacterSet(charactersIn: "0"..."9")))
}
