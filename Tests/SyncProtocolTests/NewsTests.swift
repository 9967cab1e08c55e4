import ObjectModel
import SyncProtocol
import Testing

/// The machines of NEWS (Spec §20).
@Suite struct NewsTests {
    private static let projects = [ProjectID(rawValue: "3a1f09c2d7"), .server]

    @Test("NEWS-1: a NEWS ends its side of the stream")
    func end() {
        let payload = NewsMessage().encoded()
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try NewsServer(Frame(NewsMessage()).header, payload: payload.span.bytes)
        }
    }

    @Test("NEWS-3: a number of another numbering means nothing")
    func position() throws {
        func position(_ request: NewsMessage) throws -> UInt64 {
            let payload = request.encoded()
            return try NewsServer(Frame(request, .end).header, payload: payload.span.bytes).position(in: 7)
        }
        #expect(try position(NewsMessage()) == 0)
        #expect(try position(NewsMessage(epoch: 7, after: 42)) == 42)
        #expect(try position(NewsMessage(epoch: 8, after: 42)) == 0)
    }

    @Test("NEWS-4: an answer that goes back, one without END and a second one end the stream")
    func answers() {
        func received(_ frames: Frame..., request: NewsMessage = NewsMessage(epoch: 7, after: 42)) -> NewsClient
            .OnFrame?
        {
            var client = NewsClient(request)
            var last: NewsClient.OnFrame?
            for frame in frames { last = client.received(frame.header, payload: frame.payload.span.bytes) }
            return last
        }
        func changed(epoch: UInt64 = 7, last: UInt64) -> ChangedMessage {
            ChangedMessage(epoch: epoch, last: last, projects: Self.projects)
        }
        #expect(received(Frame(changed(last: 43), .end)) == .changed(changed(last: 43)))
        #expect(received(Frame(changed(epoch: 8, last: 1), .end)) == .changed(changed(epoch: 8, last: 1)))
        let unexpected = NewsClient.OnFrame.fail(SyncError(.unexpectedFrame, scope: .stream))
        #expect(received(Frame(changed(last: 43))) == unexpected)
        #expect(received(Frame(changed(last: 43), .end), Frame(changed(last: 44), .end)) == unexpected)
        #expect(
            received(Frame(changed(last: 41), .end)) == .fail(SyncError(.orderViolated, scope: .stream)))
    }
}
