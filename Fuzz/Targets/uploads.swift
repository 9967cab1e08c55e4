import ObjectModel

/// An uploaded array: the same texts, wherever the body was cut. First byte: where to cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func uploads(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    guard let seed = bytes.first else { return 0 }
    var expected: [[UInt8]]?
    for pieces in Pieces.all(of: bytes.dropFirst(), seed: seed) {
        let texts = split(pieces)
        require(expected == nil || expected == texts, "texts depend on where the body was cut")
        expected = texts
    }
    return 0
}

/// The texts of the array; a last empty one when it is malformed.
private func split(_ pieces: [ArraySlice<UInt8>]) -> [[UInt8]] {
    var splitter = ObjectArraySplitter(objectByteCountMax: 1 << 16)
    var texts: [[UInt8]] = []
    do {
        for piece in pieces {
            try piece.withUnsafeBytes { piece in
                try splitter.append(piece) { texts.append(Array($0)) }
            }
        }
        try splitter.finish()
    } catch {
        texts.append([])
    }
    return texts
}
