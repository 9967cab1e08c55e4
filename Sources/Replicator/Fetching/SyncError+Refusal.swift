import Storage
import SyncProtocol

extension SyncError {
    /// What the other node is told of operations that are not taken.
    init(_ refusal: OperationRefusal) {
        let (code, text): (ErrorCode, String) =
            switch refusal {
            case .early(let dot, let seen):
                (  // OPS-6
                    .orderViolated,
                    "Operation \(dot.sequence) of \(dot.origin) came before \(seen.sequence) of \(seen.origin)."
                )
            case .forked(let dot):
                (  // OPS-7
                    .contentMismatch,
                    "Operation \(dot.sequence) of \(dot.origin) follows another one than the one here: its node wrote on "
                        + "after it was put back to an older state."
                )
            case .future(let dot, let milliseconds):
                (  // OPS-8
                    .contentMismatch,
                    "The clock of \(dot.origin) is \(milliseconds / 1000) s ahead of the one here. Its writes wait until they agree."
                )
            case .incomplete(let version): (.contentMismatch, "Version \(version) came without all of its objects.")
            case .fileMissing(let blob): (.contentMismatch, "File \(blob) is not what it should be.")
            case .withheld(let dot):  // OPS-10
                (.contentMismatch, "Operation \(dot.sequence) of \(dot.origin) came with less than it says.")
            case .excluded(let project):  // PURGE-6
                (.forbidden, "The policy of \(project) does not allow this node to have it.")
            }
        self.init(code, scope: .stream, publicMessage: text)
    }
}
