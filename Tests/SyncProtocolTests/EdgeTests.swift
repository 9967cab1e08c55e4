import ObjectModel
import SyncProtocol
import Testing

/// The machines of CALL and LEASE (Spec §21).
@Suite struct EdgeTests {
    private static let call = CallMessage(method: "POST", target: "/graphql")
    private static let answer = AnswerMessage(status: 200)
    private static let unexpected = SyncError(.unexpectedFrame, scope: .stream)

    private static func received(_ frames: Frame...) -> CallClient.OnFrame? {
        var client = CallClient(Self.call)
        var last: CallClient.OnFrame?
        for frame in frames { last = client.received(frame.header, payload: frame.payload.span.bytes) }
        return last
    }

    @Test("CALL-2: an answer is one ANSWER, then DATA up to END")
    func answers() {
        let data = Frame(.data, [1, 2])
        let end = Frame(.data, [], .end)
        #expect(Self.received(Frame(Self.answer, .end)) == .answer(Self.answer, isLast: true))
        #expect(Self.received(Frame(Self.answer)) == .answer(Self.answer, isLast: false))
        #expect(Self.received(Frame(Self.answer), data) == .body(isLast: false))
        #expect(Self.received(Frame(Self.answer), data, end) == .body(isLast: true))
        #expect(Self.received(data) == .fail(Self.unexpected))
        #expect(Self.received(Frame(Self.answer), Frame(Self.answer)) == .fail(Self.unexpected))
        #expect(Self.received(Frame(Self.answer, .end), data) == .fail(Self.unexpected))
        #expect(Self.received(Frame(Self.answer), end, data) == .fail(Self.unexpected))
    }

    @Test("CALL-2: a request is one CALL, then DATA up to END")
    func requests() throws {
        let open = Frame(Self.call)
        var server = try CallServer(open.header, payload: open.payload.span.bytes)
        #expect(server.request == Self.call)
        #expect(server.received(Frame(.data, [1]).header) == nil)
        #expect(!server.isComplete)
        #expect(server.received(Frame(.data, [], .end).header) == nil)
        #expect(server.isComplete)
        #expect(server.received(Frame(.data, [1]).header) == Self.unexpected)
        let alone = Frame(Self.call, .end)
        var complete = try CallServer(alone.header, payload: alone.payload.span.bytes)
        #expect(complete.isComplete)
        #expect(complete.received(Frame(.data, [1]).header) == Self.unexpected)
    }

    @Test("LEASE-1: both messages carry END, and one LEASED answers")
    func leases() throws {
        let request = LeaseMessage(project: Names.project, proof: .token("secret"))
        #expect(!"\(request)".contains("secret"))
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try LeaseServer(Frame(request).header, payload: request.encoded().span.bytes)
        }
        let leased = LeasedMessage(document: [1], signature: [UInt8](repeating: 2, count: 64), key: [3])
        var client = LeaseClient(request)
        let frame = Frame(leased, .end)
        #expect(client.received(frame.header, payload: frame.payload.span.bytes) == .leased(leased))
        #expect(client.received(frame.header, payload: frame.payload.span.bytes) == .fail(Self.unexpected))
        var other = LeaseClient(request)
        #expect(other.received(Frame(leased).header, payload: frame.payload.span.bytes) == .fail(Self.unexpected))
    }
}
