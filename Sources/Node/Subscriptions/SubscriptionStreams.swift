import Foundation
import GraphQL
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage
import Synchronization

/// Where the responses to an edge's subscription go: a stream of that edge, and what it calls the subscription there.
///
/// Edges say it in a header, which they take from no client.
struct SubscriptionPlace: Sendable {
    static let header = HTTPField.Name("Tiebeam-Subscription") ?? .te
    /// Hexadecimal digits of a stream's name.
    private static let digitCount = 32
    private static let idDigitCountMax = 10

    var stream: String
    var id: String

    init(stream: String, id: String) {
        self.stream = stream
        self.id = id
    }

    init?(_ headers: HTTPFields) {
        guard let parts = headers[Self.header]?.split(separator: " ", maxSplits: 1).map(String.init), parts.count == 2,
            parts[0].utf8.count == Self.digitCount, parts[0].allSatisfy(\.isHexDigit),
            parts[1].utf8.count <= Self.idDigitCountMax, parts[1].allSatisfy(\.isHexDigit)
        else { return nil }
        self.init(stream: parts[0], id: parts[1])
    }

    var value: String { "\(self.stream) \(self.id)" }

    static func randomName() -> String { RandomDigits.hexadecimal(self.digitCount) }
}

/// The responses to all subscriptions that come by edges (Spec §21.1): each edge has one answer that goes on for as long as it
/// is connected, and everything that its clients are told goes there.
final class SubscriptionStreams: Sendable {
    static let path = "/api/edge/subscriptions"

    private struct Stream {
        var lines: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
        var operations: [String: Task<Void, Never>] = [:]
    }

    private let streams = Mutex<[String: Stream]>([:])

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/edge/subscriptions") { try self.open(try Self.place($0, $1)) }
        router.delete("api/edge/subscriptions") { try self.stop(try Self.place($0, $1)) }
    }

    /// Runs a subscription until it ends, is stopped, or its stream ends.
    ///
    /// - Returns: whether there is such a stream, with room for one more.
    func add(
        _ responses: some AsyncSequence<GraphQLResponse, any Error> & Sendable, at place: SubscriptionPlace
    ) -> Bool {
        self.streams.withLock { streams in
            guard let stream = streams[place.stream], stream.operations[place.id] == nil,
                stream.operations.count < Limits.edgeSubscriptionCountMax
            else { return false }
            streams[place.stream]?.operations[place.id] = Task {
                await Self.run(responses, id: place.id, stream.lines)
                self.streams.withLock { $0[place.stream]?.operations[place.id] = nil }
            }
            return true
        }
    }

    private static func run(
        _ responses: some AsyncSequence<GraphQLResponse, any Error> & Sendable, id: String,
        _ lines: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
    ) async {
        do {
            for try await response in responses { self.write(id, response.json, lines) }
            try Task.checkCancellation()
        } catch is CancellationError {
            return
        } catch {
            let told = (error as? GraphQLError) ?? GraphQLError("Internal error.", code: .internalError)
            self.write(id, GraphQLResponse(data: nil, errors: [told]).json, lines)
        }
        self.write(id, [], lines)
    }

    /// A line is an id, a space and a response; without a response the subscription is over.
    private static func write(
        _ id: String, _ json: [UInt8], _ lines: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
    ) {
        var line = ByteBuffer(string: "\(id) ")
        // JSON as it is written has no line breaks.
        line.writeBytes(json)
        line.writeString("\n")
        if case .dropped = lines.yield(line) { lines.finish(throwing: EventBus.Lagging()) }
    }

    private func open(_ place: SubscriptionPlace) throws -> Response {
        let name = place.stream
        let (lines, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(100 * Limits.waitingResponseCountMax))
        let isNew = self.streams.withLock { streams in
            guard streams[name] == nil else { return false }
            streams[name] = Stream(lines: continuation)
            return true
        }
        guard isNew else { throw DomainError(.userInput, "There is such a stream.") }
        continuation.onTermination = { [weak self] _ in self?.end(name) }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody { [lines] writer in
                defer { continuation.finish() }
                for try await line in lines { try await writer.write(line) }
                try await writer.finish(nil)
            })
    }

    private func end(_ name: String) {
        let ended = self.streams.withLock { $0.removeValue(forKey: name) }
        for operation in (ended?.operations ?? [:]).values { operation.cancel() }
    }

    private func stop(_ place: SubscriptionPlace) throws -> Response {
        self.streams.withLock { $0[place.stream]?.operations.removeValue(forKey: place.id) }?.cancel()
        return Response(status: .noContent)
    }

    private static func place(_ request: Request, _ context: NodeRequestContext) throws -> SubscriptionPlace {
        guard context.isPassedOn, let place = SubscriptionPlace(request.headers) else {
            throw DomainError(.notFound, "That is for edges.")
        }
        return place
    }
}
