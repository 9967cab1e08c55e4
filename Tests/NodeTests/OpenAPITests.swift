import Logging
import Testing

@testable import Node

@Suite struct OpenAPITests {
    /// For people, not for programs.
    private static let pages = ["/explorer", "/pages", "/authn", "/error"]

    @Test("Every route is described, and nothing else is")
    func completeness() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let api = try NodeAPI(try TestNode().services, logger: logger)
        let isPage = { (operation: String) in
            operation == "GET /" || Self.pages.contains { operation.hasPrefix("GET \($0)") }
        }
        let (described, served) = (api.description.operations, api.operations.filter { !isPage($0) })
        #expect(described.subtracting(served) == [], "described, but not served")
        #expect(served.subtracting(described) == [], "served, but not described")
        #expect(served.count > 40)
    }
}
