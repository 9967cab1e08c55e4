import ObjectModel
import SyncProtocol

/// One frame: what is decoded encodes to what decodes to the same, in no more bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func frames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    for (header, payload) in Frames(rest: input(start, count)) {
        var head: [UInt8] = []
        header.encode(into: &head)
        require((try? FrameHeader.parse(head.span.bytes, payloadByteCountMax: 1 << 20)) == header, "a header changed")
        guard let message = try? Message(header.type, decoding: payload.span.bytes) else { continue }
        if case .roster(let message) = message { document(message.document) }
        let encoded = Array(message.frame(stream: header.stream, flags: header.flags).dropFirst(FrameHeader.byteCount))
        require(encoded.count <= payload.count, "a message became longer")
        do {
            let again = try Message(header.type, decoding: encoded.span.bytes)
            require(again == message, "a message changed: \(message) and \(String(describing: again))")
        } catch {
            fatalError("a message cannot be read again: \(error)")
        }
    }
    return 0
}

/// What a roster says, its signature aside.
private func document(_ bytes: [UInt8]) {
    guard let roster = try? Roster(decoding: bytes.span.bytes) else { return }
    let encoded = roster.encoded()
    require(encoded.count <= bytes.count, "a document became longer")
    require((try? Roster(decoding: encoded.span.bytes)) == roster, "a document changed")
}
