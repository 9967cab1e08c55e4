import SyncProtocol

/// The same bytes as they may come out of a socket: whole, byte by byte, and cut at random.
enum Pieces {
    static func all(of bytes: ArraySlice<UInt8>, seed: UInt8) -> [[ArraySlice<UInt8>]] {
        [[bytes], bytes.indices.map { bytes[$0...$0] }, self.random(bytes, seed)]
    }

    private static func random(_ bytes: ArraySlice<UInt8>, _ seed: UInt8) -> [ArraySlice<UInt8>] {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes
        while !rest.isEmpty {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let piece = rest.prefix(1 + Int(state >> 33) % 24)
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}

/// Frames that lie one after the other in an input; what is left over is passed over.
struct Frames: Sequence, IteratorProtocol {
    var rest: ArraySlice<UInt8>

    mutating func next() -> (header: FrameHeader, payload: [UInt8])? {
        let head = Array(self.rest.prefix(FrameHeader.byteCount))
        guard let header = try? FrameHeader.parse(head.span.bytes, payloadByteCountMax: 1 << 20),
            self.rest.count >= FrameHeader.byteCount + header.payloadByteCount
        else { return nil }
        self.rest = self.rest.dropFirst(FrameHeader.byteCount)
        defer { self.rest = self.rest.dropFirst(header.payloadByteCount) }
        return (header, Array(self.rest.prefix(header.payloadByteCount)))
    }
}

/// Ends the run when a rule of the target does not hold; libFuzzer keeps the input.
func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
    guard condition else { fatalError(rule()) }
}

/// The bytes that libFuzzer passes.
func input(_ start: UnsafePointer<UInt8>?, _ count: Int) -> ArraySlice<UInt8> {
    Array(UnsafeBufferPointer(start: start, count: count))[...]
}
