import HTTPTypes
import Hummingbird
import NIOCore

/// The page on which people try the API. It needs nothing but its node, and runs no script that is not a file of it.
struct ExplorerRoutes: Sendable {
    private struct File {
        let path: RouterPath
        let type: String
        let bytes: [UInt8]
    }

    private static let files = [
        File(path: "explorer", type: "text/html", bytes: PackageResources.explorer_html),
        File(path: "explorer/explorer.css", type: "text/css", bytes: PackageResources.explorer_css),
        File(path: "explorer/explorer.js", type: "text/javascript", bytes: PackageResources.explorer_js),
        File(path: "explorer/editor.js", type: "text/javascript", bytes: PackageResources.editor_js),
        File(path: "explorer/docs.js", type: "text/javascript", bytes: PackageResources.docs_js),
        File(path: "explorer/schema.js", type: "text/javascript", bytes: PackageResources.schema_js),
    ]

    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"

    func add(to router: Router<NodeRequestContext>) {
        for file in Self.files {
            router.get(file.path) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: "\(file.type); charset=utf-8", .contentSecurityPolicy: Self.policy,
                        .cacheControl: "no-cache",
                    ],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
            }
        }
    }

    /// Where somebody is sent who opens `/graphql` in a browser. The page shows the query of `request`, and does not run it.
    static func location(of request: Request) -> String {
        request.uri.query.map { "/explorer?\($0)" } ?? "/explorer"
    }
}
