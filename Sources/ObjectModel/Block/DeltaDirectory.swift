/// The directory of a delta block: each object's length, its id, and the object that it is a successor of (Spec §12.8).
///
/// Per object a minimal number `byteCount << 1 | hasBase`, the 16-byte id, and the 16-byte id of the base where the flag
/// is set.
public struct DeltaDirectory: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        /// Length of the object's text, in bytes.
        public var byteCount: UInt32
        public var id: ObjectID
        /// An object that the reader holds, whose text is much like this one's.
        public var base: ObjectID?

        public init(byteCount: UInt32, id: ObjectID, base: ObjectID?) {
            self.byteCount = byteCount
            self.id = id
            self.base = base
        }
    }

    /// Five bytes of a number and two ids.
    public static let entryByteCountMax: UInt32 = 37
    /// Objects of one delta block at most; more than any sender puts into one.
    public static let entryCountMax: UInt32 = 65_536
    /// What the bases of one block may add up to, in bytes: the largest object and some room.
    public static let prefixByteCountMax = 128 << 20

    public var entries: [Entry]

    public init(_ entries: [Entry]) {
        self.entries = entries
    }

    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for entry in self.entries {
            DirectoryNumber.append(UInt64(entry.byteCount) << 1 | (entry.base == nil ? 0 : 1), to: &bytes)
            entry.id.appendBinary(to: &bytes)
            entry.base?.appendBinary(to: &bytes)
        }
        return bytes
    }

    /// Reads the directory of an encoded block.
    ///
    /// - Throws: ``BlockError/malformedDirectory`` unless it has exactly the header's objects, bytes and length.
    public static func parse(block: UnsafeRawBufferPointer, _ header: BlockHeader) throws(BlockError) -> DeltaDirectory
    {
        let end = BlockHeader.byteCount + Int(header.directoryByteCount)
        guard block.count >= end else { throw .malformedDirectory }
        let bytes = UnsafeRawBufferPointer(rebasing: block[..<end])
        var entries: [Entry] = []
        entries.reserveCapacity(Int(header.objectCount))
        var position = BlockHeader.byteCount
        var total: UInt64 = 0
        for _ in 0..<Int(header.objectCount) {
            let number = try DirectoryNumber.read(bytes, at: &position)
            total += number >> 1
            guard total <= UInt64(header.rawByteCount) else { throw .malformedDirectory }
            let id = try Self.id(bytes, &position)
            let base = number & 1 == 1 ? try Self.id(bytes, &position) : nil
            entries.append(Entry(byteCount: UInt32(number >> 1), id: id, base: base))
        }
        guard position == end, total == UInt64(header.rawByteCount) else { throw .malformedDirectory }
        return DeltaDirectory(entries)
    }

    private static func id(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(BlockError) -> ObjectID {
        guard position + ObjectID.byteCount <= bytes.count else { throw .malformedDirectory }
        defer { position += ObjectID.byteCount }
        return ObjectID(binaryIn: bytes, at: position)
    }
}
