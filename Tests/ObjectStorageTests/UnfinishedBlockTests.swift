import Foundation
import ObjectModel
import StorageTestKit
import Testing

@testable import ObjectStorage

/// Beginnings of blocks in files.
@Suite struct UnfinishedBlockTests {
    private let project = ProjectID(rawValue: "p")

    @Test("a beginning is handed out once, to its project and peer alone, also after a restart")
    func kept() async throws {
        let directory = try TemporaryDirectory()
        let url = directory.url.appendingPathComponent("unfinished")
        let blocks = LocalUnfinishedBlocks(directory: url)
        #expect(try await blocks.take(of: self.project, from: "a") == nil)
        try await blocks.keep([1, 2], of: self.project, from: "a")
        try await blocks.keep([1, 2, 3], of: self.project, from: "a")
        let later = LocalUnfinishedBlocks(directory: url)
        #expect(try await later.take(of: self.project, from: "b") == nil)
        #expect(try await later.take(of: ProjectID(rawValue: "q"), from: "a") == nil)
        #expect(try await later.take(of: self.project, from: "a") == [1, 2, 3])
        #expect(try await later.take(of: self.project, from: "a") == nil)
    }

    @Test("the newest ones are kept")
    func oldest() async throws {
        let directory = try TemporaryDirectory()
        let blocks = LocalUnfinishedBlocks(directory: directory.url)
        let peers = (0..<(LocalUnfinishedBlocks.fileCountMax + 3)).map { "\($0)" }
        for peer in peers { try await blocks.keep([0], of: self.project, from: peer) }
        var kept: [String] = []
        for peer in peers where try await blocks.take(of: self.project, from: peer) != nil { kept.append(peer) }
        #expect(kept == Array(peers.dropFirst(3)))
    }
}
