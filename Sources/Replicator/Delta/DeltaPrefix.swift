import ObjectModel

/// What a delta block leans on: the texts of its bases, in order, with the ids of their successors (Spec §12.8).
enum DeltaPrefix {
    /// - Parameter texts: the text of a base; `nil` when it is not here.
    /// - Throws: ``BlockError/missingBase(_:)``, ``BlockError/prefixTooLong``.
    static func make(
        _ directory: DeltaDirectory, _ substitution: IDSubstitution, texts: (ObjectID) -> [UInt8]?
    ) throws(BlockError) -> [UInt8] {
        var prefix: [UInt8] = []
        for entry in directory.entries {
            guard let base = entry.base else { continue }
            guard let text = texts(base) else { throw .missingBase(base) }
            guard prefix.count + text.count <= DeltaDirectory.prefixByteCountMax else { throw .prefixTooLong }
            text.withUnsafeBytes { substitution.apply(to: $0, into: &prefix) }
        }
        return prefix
    }
}
