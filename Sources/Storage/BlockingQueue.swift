import Dispatch

/// Runs calls that block a thread away from the threads that run tasks.
package struct BlockingQueue: Sendable {
    private let queue: DispatchQueue

    package init(label: String, isConcurrent: Bool) {
        self.queue = DispatchQueue(label: label, attributes: isConcurrent ? .concurrent : [])
    }

    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            self.queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
