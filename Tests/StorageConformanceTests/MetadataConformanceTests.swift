import StorageTestKit
import Testing

@Suite struct MetadataConformanceTests {
    @Test("Every metadata store keeps the rules of the role", arguments: Backend.allCases, MetadataConformance.all)
    func metadata(_ backend: Backend, _ check: MetadataConformance.Check) async throws {
        let open = try backend.open()
        try await check.run(against: open.store)
        withExtendedLifetime(open) {}
    }
}
