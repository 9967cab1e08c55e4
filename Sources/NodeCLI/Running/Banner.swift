import Foundation
import ObjectModel
import SyncTransport

/// What a node says when it is ready.
struct Banner: Sendable {
    let identity: NodeIdentity
    /// `nil` for an edge, which nobody syncs with.
    let syncPort: Int?
    let readyFile: String?
    let data: String

    private struct Ready: Encodable {
        var api: String
        var sync: String?
        var nodeID: String
    }

    func show(apiPort: Int, isNew: Bool) {
        let api = "http://localhost:\(apiPort)"
        let sync = self.syncPort.map { "tiebeam://localhost:\($0)" }
        var text = """
            Tiebeam \(Tiebeam.version) is ready.

              API      \(api)  (GraphQL at \(api)/graphql)
              Sync     \(sync ?? "none: this is an edge")
              Node id  \(self.identity.nodeID)
              Data     \(URL(fileURLWithPath: self.data).path)

            """
        if isNew {
            text += """

                Nobody has an account yet. The first to open one becomes the administrator:

                  \(api)/authn/register

                """
        }
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
        guard let readyFile else { return }
        let ready = Ready(api: api, sync: sync, nodeID: self.identity.nodeID.rawValue)
        try? JSONEncoder().encode(ready).write(to: URL(fileURLWithPath: readyFile), options: .atomic)
    }
}
