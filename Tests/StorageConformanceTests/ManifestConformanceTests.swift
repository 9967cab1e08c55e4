import Foundation
import Storage
import StorageSQLite
import StorageTestKit
import Testing

@Suite struct ManifestConformanceTests {
    @Test("Every block manifest keeps the rules of the role", arguments: Backend.allCases, ManifestConformance.all)
    func manifest(_ backend: Backend, _ check: ManifestConformance.Check) async throws {
        switch backend {
        case .memory:
            try await check.run(against: MemoryBlockManifest())
        case .sqlite:
            let directory = try TemporaryDirectory()
            let database = try TiebeamDatabase(file: directory.url.appendingPathComponent("tiebeam.db"))
            try await check.run(against: database.blockManifest())
        }
    }

    @Test("Metadata joins the manifest's transactions", arguments: ManifestConformance.joined)
    func joined(_ check: ManifestConformance.JoinedCheck) async throws {
        let directory = try TemporaryDirectory()
        let database = try TiebeamDatabase(file: directory.url.appendingPathComponent("tiebeam.db"))
        try await check.run(against: (database.blockManifest(), database.metadataStore { _, _ in false }))
    }
}
