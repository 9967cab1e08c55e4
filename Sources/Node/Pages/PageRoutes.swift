import HTTPTypes
import Hummingbird
import NIOCore

/// The pages that a node shows in browsers: to sign in, to let apps act for somebody, and to try the API. They need nothing but
/// their node, and run no script that is not a file of it.
struct PageRoutes: Sendable {
    private struct Page {
        let bytes: [UInt8]
        let paths: [RouterPath]
    }

    private static let pages = [
        Page(
            bytes: PackageResources.account_html,
            paths: [
                "", "authn/login", "authn/register", "authn/forgotten-password", "authn/resetpassword/finalize",
                "authn/verify/{app}/{challenge}", "error", "error-email-verify",
            ]),
        Page(bytes: PackageResources.explorer_html, paths: ["explorer"]),
    ]

    /// What pages are made of, by its name below `/pages`.
    private static let parts: [(name: String, type: String, bytes: [UInt8])] = [
        ("theme.css", "text/css", PackageResources.theme_css),
        ("account.css", "text/css", PackageResources.account_css),
        ("account.js", "text/javascript", PackageResources.account_js),
        ("session.js", "text/javascript", PackageResources.session_js),
        ("views.js", "text/javascript", PackageResources.views_js),
        ("explorer.css", "text/css", PackageResources.explorer_css),
        ("explorer.js", "text/javascript", PackageResources.explorer_js),
        ("editor.js", "text/javascript", PackageResources.editor_js),
        ("docs.js", "text/javascript", PackageResources.docs_js),
        ("schema.js", "text/javascript", PackageResources.schema_js),
    ]

    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"

    func add(to router: Router<NodeRequestContext>) {
        for page in Self.pages {
            for path in page.paths { Self.add(page.bytes, "text/html", at: path, to: router) }
        }
        for part in Self.parts { Self.add(part.bytes, part.type, at: "pages/\(part.name)", to: router) }
    }

    private static func add(
        _ bytes: [UInt8], _ type: String, at path: RouterPath, to router: Router<NodeRequestContext>
    ) {
        router.get(path) { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "\(type); charset=utf-8", .contentSecurityPolicy: Self.policy,
                    .cacheControl: "no-cache",
                ],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }

    /// Where somebody is sent who opens `/graphql` in a browser. The page shows the query of `request`, and does not run it.
    static func explorer(for request: Request) -> String {
        request.uri.query.map { "/explorer?\($0)" } ?? "/explorer"
    }
}
