import ObjectModel
import SyncProtocol

/// The asking side of a FETCH: the same events, wherever the DATA stream was cut into frames.
///
/// First byte: bits 0 and 1 are the request's options, bit 2 gives it a cursor, bit 3 wanted ids, bit 4 a range, bit 5 the
/// beginning of a block: the next byte says how long it is, and it follows.
@_cdecl("LLVMFuzzerTestOneInput")
public func fetch(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    guard let options = bytes.first else { return 0 }
    var request = FetchMessage(project: ProjectID(rawValue: "3a1f09c2d7"))
    request.options = FetchMessage.Options(rawValue: UInt64(options & 3))
    if options & 4 != 0 { request.cursor = JournalCursor(epoch: 0x5EED_5EED_0000_0001, nextOrdinal: 3) }
    if options & 24 == 16 { request.range = JournalRange(epoch: 0x5EED_5EED_0000_0001, ordinals: 0..<2) }
    if options & 8 != 0 { request.wanted = (0..<3).map { ObjectID(high: 0, low: UInt64($0)) } }
    var rest = bytes.dropFirst()
    var begun: [UInt8]?
    if options & 32 != 0, let count = rest.popFirst() {
        begun = Array(rest.prefix(Int(count)))
        rest = rest.dropFirst(Int(count))
    }
    var expected: [Event]?
    for cut in 0..<3 {
        let machine = FetchClient(request, begun: begun, blockByteCountMax: 1 << 20)
        let events = run(machine, Frames(rest: rest), cut, seed: options)
        require(expected == nil || expected == events, "events depend on where the stream was cut")
        expected = events
    }
    return 0
}

private enum Event: Equatable {
    case frame(FetchClient.OnFrame)
    case data(FetchClient.OnData)
    case durable(FetchClient.OnDurable)
}

private func run(_ machine: consuming FetchClient, _ frames: Frames, _ cut: Int, seed: UInt8) -> [Event] {
    var events: [Event] = []
    for (header, payload) in frames {
        guard header.type == .data, !payload.isEmpty else {
            let event = machine.received(header, payload: payload.span.bytes)
            events.append(.frame(event))
            if case .apply = event { events.append(.durable(machine.madeDurable())) }
            if case .fail = event { return events }
            continue
        }
        for piece in Pieces.all(of: payload[...], seed: seed)[cut] {
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
                if case .store = step { events.append(.durable(machine.madeDurable())) }
            }
        }
    }
    return events
}
