import Hummingbird
import Logging
import Storage

/// Whether the node lives, and whether it can serve.
struct HealthRoutes: Sendable {
    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        router.get("liveness") { _, _ in try Response.json(["status": "ok"]) }
        router.get("readiness") { _, context in
            do {
                _ = try await self.services.metadata.store.read { try $0.userCount() }
                return try Response.json(["status": "ok"])
            } catch {
                context.logger.error("the node is not ready", metadata: ["error": "\(error)"])
                return try Response.json(["status": "unavailable"], .serviceUnavailable)
            }
        }
        router.get("api/ping") { _, _ in Response.text("pong") }
    }
}
