/// Lengths and ids of a block's objects, in order (Spec §12.3).
///
/// Per object a minimal varint `byteCount << 1 | hasExplicitID`, then the 16-byte id where the flag is set. An id that
/// stands at the head of its text (`{"id":"…"`) is left out.
public struct BlockDirectory: Equatable, Sendable {
    /// Five bytes of varint and an id.
    public static let entryByteCountMax: UInt32 = 24
    private static let idPrefix: StaticString = "{\"id\":\""

    public private(set) var encoded: [UInt8] = []
    /// `count + 1` offsets of the texts.
    public private(set) var offsets: [Int] = [0]
    /// The ids that are not at the head of their texts, by slot.
    public private(set) var explicitIDs: [(slot: Int, id: ObjectID)] = []

    public init() {}

    public var count: Int { self.offsets.count - 1 }

    /// Adds the next object.
    ///
    /// - Parameter isInText: ``leadingID(of:)`` gives `id`, so that it need not be listed.
    public mutating func append(byteCount: UInt32, id: ObjectID, isInText: Bool) {
        DirectoryNumber.append(UInt64(byteCount) << 1 | (isInText ? 0 : 1), to: &self.encoded)
        if !isInText {
            id.appendBinary(to: &self.encoded)
            self.explicitIDs.append((self.count, id))
        }
        self.offsets.append(self.offsets[self.count] + Int(byteCount))
    }

    /// Reads the directory that `header` announces.
    ///
    /// - Throws: ``BlockError/malformedDirectory`` unless it has exactly the header's objects, bytes and length.
    public static func parse(_ bytes: UnsafeRawBufferPointer, _ header: BlockHeader) throws(BlockError)
        -> BlockDirectory
    {
        guard bytes.count == Int(header.directoryByteCount) else { throw .malformedDirectory }
        var directory = BlockDirectory()
        directory.encoded = Array(bytes)
        directory.offsets.reserveCapacity(Int(header.objectCount) + 1)
        var position = 0
        var total = 0
        for slot in 0..<Int(header.objectCount) {
            let value = try DirectoryNumber.read(bytes, at: &position)
            total += Int(value >> 1)
            guard total <= Int(header.rawByteCount) else { throw .malformedDirectory }
            if value & 1 == 1 {
                guard position + ObjectID.byteCount <= bytes.count else { throw .malformedDirectory }
                directory.explicitIDs.append((slot, ObjectID(binaryIn: bytes, at: position)))
                position += ObjectID.byteCount
            }
            directory.offsets.append(total)
        }
        guard position == bytes.count, total == Int(header.rawByteCount) else { throw .malformedDirectory }
        return directory
    }

    /// The ids of all objects, read from the directory and from the heads of the texts.
    ///
    /// - Throws: ``BlockError/malformedFrame`` when `texts` has another length than the directory says (`BLOCK-10`),
    ///   ``BlockError/missingID`` (`BLOCK-8`).
    public func ids(in texts: UnsafeRawBufferPointer) throws(BlockError) -> [ObjectID] {
        guard texts.count == self.offsets[self.count] else { throw .malformedFrame }
        var ids: [ObjectID] = []
        ids.reserveCapacity(self.count)
        var explicit = self.explicitIDs.makeIterator()
        var next = explicit.next()
        for slot in 0..<self.count {
            if let (explicitSlot, id) = next, explicitSlot == slot {
                ids.append(id)
                next = explicit.next()
            } else {
                let text = UnsafeRawBufferPointer(rebasing: texts[self.offsets[slot]..<self.offsets[slot + 1]])
                guard let id = Self.leadingID(of: text) else { throw .missingID }
                ids.append(id)
            }
        }
        return ids
    }

    /// The id that stands at the head of a text as `{"id":"…"`.
    public static func leadingID(of text: UnsafeRawBufferPointer) -> ObjectID? {
        let prefixCount = Self.idPrefix.utf8CodeUnitCount
        guard text.count > prefixCount + ObjectID.digitCount,
            text[prefixCount + ObjectID.digitCount] == UInt8(ascii: "\""), text.holds(Self.idPrefix, at: 0)
        else { return nil }
        return ObjectID(hexIn: text, at: prefixCount)
    }

    public static func == (left: Self, right: Self) -> Bool { left.encoded == right.encoded }
}

/// Numbers in directories: unsigned LEB128 of at most five bytes, in minimal form.
enum DirectoryNumber {
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    static func read(_ bytes: UnsafeRawBufferPointer, at position: inout Int) throws(BlockError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard position < bytes.count else { throw .malformedDirectory }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                guard byte != 0 || shift == 0 else { throw .malformedDirectory }  // BLOCK-7: minimal form
                return value
            }
        }
        throw .malformedDirectory
    }
}
