import ObjectModel
import SyncProtocol

/// The taking side of a push: the same events, wherever the DATA stream was cut into frames.
///
/// First byte: where to cut, and whether blocks become durable at once (bit 0) or after COMMIT.
@_cdecl("LLVMFuzzerTestOneInput")
public func push(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    guard let options = bytes.first else { return 0 }
    var expected: [Event]?
    for cut in 0..<3 {
        let events = run(Frames(rest: bytes.dropFirst()), cut, options)
        require(expected == nil || expected == events, "events depend on where the stream was cut")
        expected = events
    }
    return 0
}

private enum Event: Equatable {
    case frame(PushServer.OnFrame)
    case data(PushServer.OnData)
    case need(NeedMessage)
    case result(ResultMessage)
}

private func run(_ frames: Frames, _ cut: Int, _ options: UInt8) -> [Event] {
    var frames = frames
    var first = frames
    guard let (header, payload) = first.next(), header.type == .offer,
        var machine = try? PushServer(header, payload: payload.span.bytes, blockByteCountMax: 1 << 20)
    else { return [] }
    var events: [Event] = []
    var pendingCount = 0
    while let (header, payload) = frames.next() {
        guard header.type == .data, !payload.isEmpty else {
            let event = machine.received(header, payload: payload.span.bytes)
            events.append(.frame(event))
            switch event {
            case .check(let window, let ids):
                events.append(.need(machine.answer(window: window, needed: ids.map { $0.low % 3 != 1 })))
            case .awaitDurability:
                if case .apply = machine.madeDurable(pendingCount) {
                    return events + [.result(machine.applied(ResultMessage(outcome: .applied)))]
                }
            case .apply: return events + [.result(machine.applied(ResultMessage(outcome: .applied)))]
            case .fail: return events
            case .readData, .expect: break
            }
            continue
        }
        for piece in Pieces.all(of: payload[...], seed: options)[cut] {
            let piece = Array(piece)
            let part = FrameHeader(
                payloadByteCount: piece.count, type: .data, flags: header.flags, stream: header.stream)
            let event = machine.received(part, payload: piece.span.bytes)
            guard event == .readData else { return events + [.frame(event)] }
            var offset = 0
            while true {
                let step = machine.nextBlock(in: piece.span.bytes, at: &offset)
                if step == .needMore { break }
                events.append(.data(step))
                if case .fail = step { return events }
                guard case .store = step else { continue }
                if options & 1 == 1 { _ = machine.madeDurable() } else { pendingCount += 1 }
            }
        }
    }
    return events
}
