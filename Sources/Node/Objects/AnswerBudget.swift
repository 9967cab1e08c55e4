import Storage
import Synchronization

/// How much of objects one request may still have read, and have in its answer. Whatever it asks for in however many places,
/// it takes from the same budget.
final class AnswerBudget: Sendable {
    private struct Left {
        var readByteCount = Limits.objectsReadByteCountMax
        var keptByteCount = Limits.objectsAnsweredByteCountMax
        var answeredByteCount = Limits.objectsAnsweredByteCountMax
    }

    private let left = Mutex(Left())

    /// Takes bytes that are about to be read, decompressed.
    ///
    /// - Throws: ``DomainError`` when fewer are left.
    func read(_ byteCount: Int) throws {
        try self.left.withLock { left in
            guard byteCount <= left.readByteCount else {
                throw DomainError(
                    .badRequest,
                    "The request would have to read more than \(Limits.objectsReadByteCountMax >> 20) MB of objects. "
                        + "Ask for less at a time, or get the objects by /objects.")
            }
            left.readByteCount -= byteCount
        }
    }

    /// Takes bytes that are kept because they may be asked for; `false` when fewer are left.
    func keep(_ byteCount: Int) -> Bool { self.take(byteCount, from: \.keptByteCount) }

    /// Takes bytes of the answer; `false` when fewer are left. One object may stand in it many times.
    func answer(_ byteCount: Int) -> Bool { self.take(byteCount, from: \.answeredByteCount) }

    private func take(_ byteCount: Int, from count: WritableKeyPath<Left, Int>) -> Bool {
        self.left.withLock { left in
            guard byteCount <= left[keyPath: count] else { return false }
            left[keyPath: count] -= byteCount
            return true
        }
    }
}
