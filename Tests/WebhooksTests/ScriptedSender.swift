import Foundation
import ObjectModel
import Synchronization

@testable import Webhooks

/// Makes no connections: a function says what each attempt comes to. The body of a request is the delivery's id.
final class ScriptedSender: DeliverySending {
    struct Sent: Equatable, Sendable {
        var url: String
        var id: String
        var signatures: [DeliverySignature.Header]
    }

    private let answer: @Sendable (Sent) async -> Attempt
    private let state = Mutex<(sent: [Sent], runningCounts: [String: Int], mostRunning: [String: Int], openCount: Int)>(
        ([], [:], [:], 0))

    /// - Parameter answer: 200 when there is none.
    init(_ answer: @escaping @Sendable (Sent) async -> Attempt = { _ in .answered(status: 200, retryAfter: nil) }) {
        self.answer = answer
    }

    static func body(_ delivery: WebhookDelivery, _ webhook: Webhook) -> [UInt8] { Array(delivery.id.rawValue.utf8) }

    var sent: [Sent] { self.state.withLock { $0.sent } }
    var openCount: Int { self.state.withLock { $0.openCount } }
    func ids(to url: String) -> [String] { self.sent.filter { $0.url == url }.map(\.id) }
    /// The most attempts that were under way at a time, to one host.
    func mostRunning(_ host: String) -> Int { self.state.withLock { $0.mostRunning[host] ?? 0 } }
    func runningCount(_ host: String) -> Int { self.state.withLock { $0.runningCounts[host] ?? 0 } }

    func open() -> any DeliveryConnection {
        self.state.withLock { $0.openCount += 1 }
        return Connection(sender: self)
    }

    private struct Connection: DeliveryConnection {
        let sender: ScriptedSender

        func send(_ request: DeliveryRequest) async -> Attempt {
            let sent = Sent(
                url: request.url, id: String(decoding: request.body, as: UTF8.self), signatures: request.signatures)
            let host = EndpointAddress(request.url)!.host
            self.sender.state.withLock { state in
                state.sent.append(sent)
                let count = state.runningCounts[host, default: 0] + 1
                state.runningCounts[host] = count
                state.mostRunning[host] = max(count, state.mostRunning[host] ?? 0)
            }
            let attempt = await self.sender.answer(sent)
            self.sender.state.withLock { $0.runningCounts[host]! -= 1 }
            return Task.isCancelled && attempt == .unreachable(.noAnswer) ? .interrupted : attempt
        }

        func close() async { self.sender.state.withLock { $0.openCount -= 1 } }
    }
}
