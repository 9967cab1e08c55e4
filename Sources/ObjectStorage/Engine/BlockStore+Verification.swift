import ObjectModel
import Storage
import Synchronization

/// What a check of all stored blocks found.
public struct VerificationReport: Equatable, Sendable {
    public var blockCount = 0
    public var objectCount = 0
    public var rawByteCount = 0
    /// One sentence for each block that is not what was stored.
    public var problems: [String] = []
}

extension BlockStore {
    /// Blocks that are checked at a time.
    private static let verifyingCountMax = 2

    /// Decodes every block, hashes and scans every object, and compares all of it with what was recorded.
    ///
    /// - Parameter progress: called after each block, with the number of blocks done and of all.
    public func verify(
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> VerificationReport {
        let records = self.allBlocks()
        var report = VerificationReport()
        try await withThrowingTaskGroup(of: VerificationReport.self) { group in
            var started = 0
            while report.blockCount < records.count {
                while started < records.count, started - report.blockCount < Self.verifyingCountMax {
                    let record = records[started]
                    group.addTask { try await self.reading.run { self.verifyNow(record) } }
                    started += 1
                }
                guard let part = try await group.next() else { return }
                report.blockCount += 1
                report.objectCount += part.objectCount
                report.rawByteCount += part.rawByteCount
                report.problems += part.problems
                progress(report.blockCount, records.count)
            }
        }
        return report
    }

    private func verifyNow(_ record: BlockRecord) -> VerificationReport {
        var report = VerificationReport(objectCount: Int(record.objectCount), rawByteCount: Int(record.rawByteCount))
        let place = "block \(record.id.rawValue) in segment \(record.location.segment)"
        do {
            let (verified, ids, hashes) = try self.withRecord(of: record.id) { record in
                let encoded = try self.segments.read(
                    record.location, skip: 0, byteCount: Int(record.location.byteCount))
                return (
                    try BlockDecoder().verify(encoded, policy: .fromClient),
                    try BlockTrailer.ids(of: record, in: self.segments),
                    try BlockTrailer.hashes(of: record, in: self.segments)
                )
            }
            if verified.ids != ids { report.problems.append("\(place): the ids differ from those recorded") }
            if verified.hashes != hashes {
                report.problems.append("\(place): the content differs from what was stored")
            }
        } catch {
            // What was given up since the check began is no problem.
            guard self.state.withLock({ $0.blocks[record.id.rawValue] }) != nil else { return VerificationReport() }
            report.problems.append("\(place): \(error)")
        }
        return report
    }
}
