import Foundation
import StorageTestKit
import Testing

/// Kills a process that writes, at every place between two writes.
@Suite struct CrashTests {
    @Test(
        "CRASH-1: wherever the process ends, what was acknowledged is there, nothing is torn, and writing goes on",
        arguments: ["kill", "power"])
    func everyPlace(_ mode: String) async throws {
        let undisturbed = try TemporaryDirectory()
        let whole = try await WriterProcess.run(in: undisturbed.url, mode, 0)
        let placeCount = try #require(whole.lines.last?.split(separator: " ").last.flatMap { Int($0) })
        #expect(whole.status == 0)
        #expect(placeCount > 50)
        let finished = try CrashedDirectory(undisturbed.url)
        try await finished.check(acknowledged: whole.acknowledged)
        let expected = try await finished.summary()

        for place in 1...placeCount {
            let directory = try TemporaryDirectory()
            let killed = try await WriterProcess.run(in: directory.url, mode, place)
            try #require(killed.status == -SIGKILL, "place \(place): \(killed.lines)")
            let crashed = try CrashedDirectory(directory.url)
            try await crashed.check(acknowledged: killed.acknowledged)
            try crashed.close()

            let again = try await WriterProcess.run(in: directory.url, mode, 0)
            #expect(again.status == 0, "place \(place): \(killed.lines) then \(again.lines)")
            let ended = try CrashedDirectory(directory.url)
            try await ended.check(acknowledged: killed.acknowledged + again.acknowledged)
            #expect(try await ended.summary() == expected, "place \(place): \(killed.lines)")
            try ended.close()
        }
    }
}
