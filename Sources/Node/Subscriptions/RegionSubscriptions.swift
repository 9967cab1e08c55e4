import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// The subscriptions of an edge's clients, at its region: all that they are told comes by one answer, which is asked for with
/// the first of them.
actor RegionSubscriptions {
    typealias Responses = AsyncThrowingStream<[UInt8], any Error>

    enum Outcome {
        /// The region's answer to the request.
        case refused(Response)
        case responses(Responses)
    }

    private struct Stream {
        let name = SubscriptionPlace.randomName()
        var listeners: [String: Responses.Continuation] = [:]
        var count = 0
    }

    private enum State {
        case none
        case opening(Task<Void, any Error>)
        case open(Stream)
    }

    private let upstream: any EdgeUpstream
    private var state = State.none

    init(upstream: any EdgeUpstream) {
        self.upstream = upstream
    }

    /// Begins a subscription. What the connection to the region loses nobody tells: the responses end with
    /// ``SocketProtocol/Closing/regionAway`` then.
    ///
    /// - Throws: as ``EdgeUpstream/call(_:body:by:)``.
    func subscribe(_ head: HTTPRequest, body: RequestBody) async throws -> Outcome {
        let place = try await self.place()
        let (responses, continuation) = Responses.makeStream(
            bufferingPolicy: .bufferingOldest(Limits.waitingResponseCountMax))
        // The first response may come before the answer.
        self.change(place.stream) { $0.listeners[place.id] = continuation }
        continuation.onTermination = { termination in
            guard case .cancelled = termination else { return }
            Task { await self.stop(place) }
        }
        var head = head
        head.headerFields[SubscriptionPlace.header] = place.value
        do {
            let answer = try await self.upstream.call(head, body: body, by: nil)
            guard answer.status == .accepted else {
                self.forget(place)
                return .refused(answer)
            }
            return .responses(responses)
        } catch {
            self.forget(place)
            throw error
        }
    }

    private func change(_ name: String, _ change: (inout Stream) -> Void) {
        guard case .open(var stream) = self.state, stream.name == name else { return }
        change(&stream)
        self.state = .open(stream)
    }

    private func forget(_ place: SubscriptionPlace) { self.change(place.stream) { $0.listeners[place.id] = nil } }

    /// Nobody listens to it any more.
    private func stop(_ place: SubscriptionPlace) async {
        guard case .open(let stream) = self.state, stream.name == place.stream, stream.listeners[place.id] != nil else {
            return
        }
        self.forget(place)
        let head = HTTPRequest(
            method: .delete, scheme: nil, authority: nil, path: SubscriptionStreams.path,
            headerFields: [SubscriptionPlace.header: place.value])
        // The region ends it by itself when it cannot be reached.
        _ = try? await self.upstream.call(head, body: nil, by: nil)
    }

    // MARK: The stream

    /// A place on the stream, which is opened when there is none.
    private func place() async throws -> SubscriptionPlace {
        while true {
            switch self.state {
            case .none:
                let opening = Task { try await self.open() }
                self.state = .opening(opening)
                try await opening.value
            case .opening(let opening): try await opening.value
            case .open(var stream):
                stream.count += 1
                self.state = .open(stream)
                return SubscriptionPlace(stream: stream.name, id: String(stream.count, radix: 16))
            }
        }
    }

    private func open() async throws {
        let stream = Stream()
        let place = SubscriptionPlace(stream: stream.name, id: "0")
        let head = HTTPRequest(
            method: .get, scheme: nil, authority: nil, path: SubscriptionStreams.path,
            headerFields: [SubscriptionPlace.header: place.value])
        do {
            let answer = try await self.upstream.listen(head)
            guard answer.status == .ok else { throw StorageError.unreachable }
            self.state = .open(stream)
            Task { await self.read(answer, stream.name) }
        } catch {
            self.state = .none
            throw error
        }
    }

    private func read(_ answer: Response, _ name: String) async {
        try? await answer.body.write(LineReader { [weak self] in await self?.tell($0, name) })
        guard case .open(let stream) = self.state, stream.name == name else { return }
        self.state = .none
        for listener in stream.listeners.values { listener.finish(throwing: SocketProtocol.Closing.regionAway) }
    }

    private func tell(_ line: [UInt8], _ name: String) {
        guard case .open(let stream) = self.state, stream.name == name else { return }
        let id = String(decoding: line.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        guard let listener = stream.listeners[id] else { return }
        let response = Array(line.dropFirst(id.utf8.count + 1))
        if response.isEmpty {
            self.change(name) { $0.listeners[id] = nil }
            listener.finish()
        } else if case .dropped = listener.yield(response) {
            listener.finish(throwing: EventBus.Lagging())
            Task { await self.stop(SubscriptionPlace(stream: name, id: id)) }
        }
    }
}

/// Takes an answer's body line by line.
private struct LineReader: ResponseBodyWriter {
    private let take: @Sendable ([UInt8]) async -> Void
    private var rest: [UInt8] = []

    init(_ take: @escaping @Sendable ([UInt8]) async -> Void) { self.take = take }

    mutating func write(_ buffer: ByteBuffer) async throws {
        var bytes = buffer.readableBytesView[...]
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            await self.take(self.rest + bytes[..<end])
            self.rest = []
            bytes = bytes[(end + 1)...]
        }
        self.rest += bytes
        guard self.rest.count <= Limits.graphQLByteCountMax else { throw StorageError.unreachable }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
