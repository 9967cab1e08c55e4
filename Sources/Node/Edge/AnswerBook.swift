import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// The answers of a region that an edge has passed on, for when the region is away.
struct AnswerBook: Sendable {
    /// Longer answers are not kept, in bytes.
    private static let byteCountMax = 1 << 20

    private let store: any EdgeStore
    private let clock: @Sendable () -> UptimeReading
    private let files = BlockingQueue(label: "answers", isConcurrent: true)

    init(store: any EdgeStore, clock: @escaping @Sendable () -> UptimeReading) {
        self.store = store
        self.clock = clock
    }

    /// Passes `response` on, and keeps it when it is a whole answer of data.
    func keeping(_ response: Response, to question: Question) async throws -> Response {
        guard response.status == .ok, let type = response.headers[.contentType],
            type.lowercased().hasPrefix("application/json"), let length = response.body.contentLength,
            length <= Self.byteCountMax
        else { return response }
        let buffer = try await response.collected()
        var whole = response
        whole.body = ResponseBody(byteBuffer: buffer)
        let answer = KeptAnswer(contentType: type, body: Array(buffer.readableBytesView), time: self.clock().time)
        Task { [store, files] in
            // An answer that is not kept is only missing while the region is away.
            try? await files.run { try store.put(answer, at: question.key) }
        }
        return whole
    }

    /// What was answered last, marked as old (RFC 9211).
    func answer(to question: Question) async throws -> Response? {
        guard let kept = try await self.files.run({ [store] in try store.answer(to: question.key) }) else { return nil }
        let age = max(0, self.clock().time.millisecondsSinceEpoch - kept.time.millisecondsSinceEpoch) / 1000
        var response = Response(
            status: .ok, headers: [.contentType: kept.contentType, .age: "\(age)"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: kept.body)))
        response.headers[Self.cacheStatus] = "tiebeam-edge; hit; fwd=miss; fwd-status=503; detail=\"region away\""
        return response
    }

    private static let cacheStatus = HTTPField.Name("Cache-Status") ?? .via
}
