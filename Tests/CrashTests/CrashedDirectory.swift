import Foundation
import ObjectModel
import ObjectStorage
import Storage
import StorageSQLite
import StorageTestKit
import Testing

/// A data directory that a writer died in, opened as the node opens it.
struct CrashedDirectory {
    private let blocks: BlockStore
    private let metadata: any MetadataStore
    private let database: TiebeamDatabase

    init(_ directory: URL) throws {
        let database = try TiebeamDatabase(file: directory.appendingPathComponent("tiebeam.db"))
        let blocks = try BlockStore(
            segments: try LocalSegments(directory: directory.appendingPathComponent("segments")),
            manifest: database.blockManifest(), indexDirectory: directory.appendingPathComponent("index"))
        self.database = database
        self.blocks = blocks
        self.metadata = database.metadataStore { try blocks.isCompleteNow($0, in: $1) }
    }

    func close() throws { try self.database.close() }

    /// Checks that what was acknowledged is there, and that everything that is visible is whole.
    func check(acknowledged: [[Substring]]) async throws {
        for words in acknowledged {
            switch words[0] {
            case "user":
                #expect(try await self.metadata.read { try $0.user(UserID(rawValue: String(words[1]))) } != nil)
            case "project":
                #expect(try await self.metadata.read { try $0.project(ProjectID(rawValue: String(words[2]))) } != nil)
            case "objects":
                let tree = CrashPlan.tree(try #require(Int(words[2])))
                let texts = try await self.texts(of: tree, in: ProjectID(rawValue: String(words[1])))
                #expect(texts == tree.map(\.text))
            case "uploads": try await self.check(uploaded: words)
            case "removed": break
            case "version":
                let (project, id) = (ProjectID(rawValue: String(words[1])), VersionID(rawValue: String(words[2])))
                #expect(try await self.metadata.read { try $0.version(id, in: project) } != nil)
            default: Issue.record("\(words)")
            }
        }
        let report = try await self.blocks.verify()
        #expect(report.problems == [])
        for project in try await self.metadata.read({ try $0.allProjects() }) { try await self.check(project) }
        try await self.checkLogs()
    }

    /// What was uploaded beside a project is there, or in the project.
    private func check(uploaded words: [Substring]) async throws {
        let tree = CrashPlan.tree(try #require(Int(words[2])))
        let project = ProjectID(rawValue: String(words[1]))
        let isMoved = try await self.blocks.missing(from: tree.map(\.id), in: project).isEmpty
        #expect(try await self.texts(of: tree, in: isMoved ? project : CrashPlan.uploads) == tree.map(\.text))
    }

    /// After everything was written: what was given up is gone, and so are its bytes.
    func checkRoom(atMost byteCount: UInt64) async throws {
        #expect(try await self.blocks.journalHead(of: CrashPlan.removedProject) == nil)
        #expect(try await self.blocks.journalHead(of: CrashPlan.uploads) == nil)
        #expect(self.blocks.storedByteCount <= byteCount)
    }

    var storedByteCount: UInt64 { self.blocks.storedByteCount }

    private func check(_ project: ProjectID) async throws {
        for round in 0..<CrashPlan.roundCount {
            let tree = CrashPlan.tree(round)
            let missingCount = try await self.blocks.missing(from: tree.map(\.id), in: project).count
            #expect(missingCount == 0 || missingCount == tree.count, "a commit is there whole or not at all")
            if missingCount == 0 { #expect(try await self.texts(of: tree, in: project) == tree.map(\.text)) }
        }
        for version in try await self.metadata.read({ try $0.allVersions(in: project) }) {
            let root = try #require(version.root.object)
            #expect(try await self.blocks.isComplete(root, in: project))
            let rounds = (0..<CrashPlan.roundCount).map { CrashPlan.tree($0) }
            let tree = try #require(rounds.first { $0.last?.id == root })
            #expect(try await self.texts(of: tree, in: project) == tree.map(\.text))
        }
        if let slice = try await self.blocks.journal(of: project, from: 0) {
            #expect(slice.objectCount == Int(slice.head.nextOrdinal))
            #expect(try await self.blocks.statistics(of: project).objectCount == slice.objectCount)
        }
    }

    /// The logs, played into an empty store, give the rows.
    private func checkLogs() async throws {
        let projects = try await self.metadata.read { try $0.allProjects() }
        let found = try await MetadataSnapshot(of: self.metadata, projects: projects)
        let replica = MemoryMetadataStore()
        for (_, logs) in found.logs.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            for (_, operations) in logs { try await replica.write { try MetadataService.apply(operations, in: $0) } }
        }
        #expect(try await MetadataSnapshot(of: replica, projects: projects) == found)
    }

    private func texts(of objects: [Sample], in project: ProjectID) async throws -> [[UInt8]] {
        var found: [ObjectID: [UInt8]] = [:]
        for read in try await self.blocks.plan(objects.map(\.id), in: project).reads {
            let block = try await self.blocks.decode(read.block)
            for slot in read.slots { found[block.ids[Int(slot)]] = Array(block.text(at: slot)) }
        }
        return objects.map { found[$0.id] ?? [] }
    }

    /// What a run that nobody disturbed leaves, without its random ids.
    func summary() async throws -> [String] {
        let projects = try await self.metadata.read { try $0.allProjects() }
        var lines: [String] = []
        for project in projects {
            let (name, versions) = try await self.metadata.read { rows in
                (try rows.project(project)?.name ?? "", try rows.allVersions(in: project))
            }
            let count = try await self.blocks.statistics(of: project).objectCount
            lines.append("\(name): \(count) objects")
            lines += versions.map { "\(name): \($0.message ?? "-") of \($0.reference)" }
        }
        return lines.sorted()
    }
}
