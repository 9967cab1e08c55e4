import ObjectModel

/// Running digest over what one side of a stream sent, in order (Spec §12.6, `DIGEST-1`).
///
/// Blocks enter by their content digest, so a sender needs no second pass over stored bytes.
struct TranscriptDigest {
    /// `nil` while nothing was sent.
    private(set) var value: ContentHash?

    mutating func add(_ block: BlockHeader) {
        var bytes = self.head(0)
        block.contentDigest.appendBinary(to: &bytes)
        self.value = bytes.withUnsafeBytes { ContentHash(of: $0) }
    }

    /// - Parameter payload: of one OPS frame, exactly as it travels.
    mutating func add(operations payload: RawSpan) {
        var bytes = self.head(1)
        payload.withUnsafeBytes { bytes.append(contentsOf: $0) }
        self.value = bytes.withUnsafeBytes { ContentHash(of: $0) }
    }

    private func head(_ kind: UInt8) -> [UInt8] {
        var bytes = self.value?.binary ?? [UInt8](repeating: 0, count: ContentHash.byteCount)
        bytes.append(kind)
        return bytes
    }
}
