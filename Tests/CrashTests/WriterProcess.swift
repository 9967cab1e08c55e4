import Foundation

/// One run of the crash writer.
struct WriterProcess: Sendable {
    var lines: [String]
    /// The exit code, or the signal that ended it, below zero.
    var status: Int32

    /// Words behind each `ack`.
    var acknowledged: [[Substring]] {
        self.lines.filter { $0.hasPrefix("ack ") }.map { $0.split(separator: " ").dropFirst() }.map { Array($0) }
    }

    /// Runs the writer to its end, off the tasks' threads.
    static func run(in directory: URL, _ mode: String, _ number: Int) async throws -> WriterProcess {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try self.runNow(in: directory, mode, number) })
            }
        }
    }

    private static func runNow(in directory: URL, _ mode: String, _ number: Int) throws -> WriterProcess {
        let process = Process()
        let ownPath = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: ownPath).deletingLastPathComponent()
            .appendingPathComponent("CrashWriter")
        process.arguments = [directory.path, mode, String(number)]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return WriterProcess(
            lines: String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init),
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
    }
}
