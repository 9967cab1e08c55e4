import ObjectModel
import SyncProtocol

/// Both receiving sides of a file: the same steps, wherever DATA was cut into frames.
///
/// The first frame says which: PUT for the taking side of a push, PARTS for the asking side of a BLOB. First byte: where
/// to cut; bit 0 leaves every second part out of what is missing.
@_cdecl("LLVMFuzzerTestOneInput")
public func files(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
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
    case frame(BlobClient.OnFrame)
    case part(PartStep)
}

/// Either receiving side, after its first frame.
private enum Receiver: ~Copyable {
    case asking(BlobClient)
    case taking(PutServer)

    init?(_ header: FrameHeader, _ payload: [UInt8], _ options: UInt8) {
        switch header.type {
        case .parts:
            guard let parts = try? PartsMessage(decoding: payload.span.bytes).parts else { return nil }
            var client = BlobClient(BlobMessage(project: ProjectID(rawValue: "3a1f09c2d7"), digest: parts.digest))
            guard case .begin = client.received(header, payload: payload.span.bytes) else { return nil }
            self = .asking(client)
        case .put:
            guard var server = try? PutServer(header, payload: payload.span.bytes) else { return nil }
            let parts = 0..<server.request.parts.count
            _ = server.needing(parts.filter { options & 1 == 0 || $0 % 2 == 0 })
            self = .taking(server)
        default: return nil
        }
    }

    mutating func received(_ header: FrameHeader, _ payload: [UInt8]) -> BlobClient.OnFrame {
        switch consume self {
        case .asking(var client):
            let event = client.received(header, payload: payload.span.bytes)
            self = .asking(client)
            return event
        case .taking(var server):
            let error = server.received(header)
            self = .taking(server)
            return error.map(BlobClient.OnFrame.fail) ?? .readData
        }
    }

    mutating func next(in payload: [UInt8], at offset: inout Int) -> PartStep {
        switch consume self {
        case .asking(var client):
            let step = client.nextPart(in: payload.span.bytes, at: &offset)
            self = .asking(client)
            return step
        case .taking(var server):
            let step = server.nextPart(in: payload.span.bytes, at: &offset)
            self = .taking(server)
            return step
        }
    }
}

private func run(_ frames: Frames, _ cut: Int, _ options: UInt8) -> [Event] {
    var frames = frames
    guard let (header, payload) = frames.next(), var receiver = Receiver(header, payload, options) else { return [] }
    var events: [Event] = []
    while let (header, payload) = frames.next() {
        let pieces = payload.isEmpty ? [payload[...]] : Pieces.all(of: payload[...], seed: options)[cut]
        for (index, piece) in pieces.enumerated() {
            let isLast = index == pieces.count - 1
            let part = FrameHeader(
                payloadByteCount: piece.count, type: header.type, flags: isLast ? header.flags : [],
                stream: header.stream)
            let piece = Array(piece)
            let event = receiver.received(part, piece)
            guard event == .readData else { return events + [.frame(event)] }
            var offset = 0
            while true {
                let step = receiver.next(in: piece, at: &offset)
                if step == .needMore { break }
                events.append(.part(step))
                switch step {
                case .finish, .fail: return events
                default: continue
                }
            }
        }
    }
    return events
}
