import ObjectModel
import SyncProtocol
import Testing

/// The machines of PURGE.
@Suite struct PurgeTests {
    private static let marks = [
        OperationMark(origin: NodeID(rawValue: String(repeating: "1", count: 64)), sequence: 17)
    ]
    private static let request = PurgeMessage(project: Names.project, exclusion: Self.marks, copies: 1)

    @Test("PURGE-2: the question and its answer end their sides")
    func ends() throws {
        let payload = Self.request.encoded()
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try PurgeServer(Frame(Self.request).header, payload: payload.span.bytes)
        }
        let server = try PurgeServer(Frame(Self.request, .end).header, payload: payload.span.bytes)
        #expect(server.request == Self.request)
        func received(_ frames: Frame...) -> PurgeClient.OnFrame? {
            var client = PurgeClient(Self.request)
            var last: PurgeClient.OnFrame?
            for frame in frames { last = client.received(frame.header, payload: frame.payload.span.bytes) }
            return last
        }
        let holding = PurgedMessage(marks: Self.marks)
        #expect(received(Frame(holding, .end)) == .purged(holding))
        #expect(received(Frame(PurgedMessage(), .end)) == .purged(PurgedMessage()))
        let unexpected = PurgeClient.OnFrame.fail(SyncError(.unexpectedFrame, scope: .stream))
        #expect(received(Frame(holding)) == unexpected)
        #expect(received(Frame(holding, .end), Frame(holding, .end)) == unexpected)
        #expect(received(Frame(JoinedMessage(version: 1), .end)) == unexpected)
    }
}
