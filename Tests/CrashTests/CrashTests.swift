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
        // What a crash leaves may stay while it is less than a quarter of its segment.
        let byteCountMax = finished.storedByteCount * 4 / 3 + CrashPlan.segmentByteCountMax
        try await finished.checkRoom(atMost: byteCountMax)

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
            try await ended.checkRoom(atMost: byteCountMax)
            try ended.close()
        }
    }

    @Test("CRASH-2: when a file cannot grow the error says so, nothing is torn, and the same process writes on")
    func noSpace() async throws {
        let undisturbed = try TemporaryDirectory()
        _ = try await WriterProcess.run(in: undisturbed.url, "kill", 0)
        let expected = try await CrashedDirectory(undisturbed.url).summary()
        var errors = Set<String>()
        for limit in stride(from: 4_000, to: 2_000_000, by: 120_000) {
            let directory = try TemporaryDirectory()
            let process = try await WriterProcess.run(in: directory.url, "limit", limit)
            #expect(process.status == 0, "limit \(limit): \(process.lines)")
            errors.formUnion(process.lines.filter { $0.hasPrefix("error") })
            let ended = try CrashedDirectory(directory.url)
            try await ended.check(acknowledged: process.acknowledged)
            #expect(try await ended.summary() == expected, "limit \(limit): \(process.lines)")
            try ended.close()
        }
        #expect(errors.contains("error full"), "\(errors)")
        #expect(errors.allSatisfy { $0 == "error full" || $0.hasPrefix(#"error io("sqlite"#) }, "\(errors)")
    }
}
