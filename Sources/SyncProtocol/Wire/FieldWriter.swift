import ObjectModel

/// Appends the fields of one payload. Values that equal their default are left out (`FIELD-5`).
struct FieldWriter {
    var bytes: [UInt8] = []

    mutating func varint(_ tag: UInt64, _ value: UInt64, default defaultValue: UInt64? = 0) {
        guard value != defaultValue else { return }
        Varint.encode(tag, into: &self.bytes)
        Varint.encode(UInt64(Varint.byteCount(value)), into: &self.bytes)
        Varint.encode(value, into: &self.bytes)
    }

    mutating func count(_ tag: UInt64, _ value: Int, default defaultValue: Int? = 0) {
        self.varint(tag, UInt64(value), default: defaultValue.map { UInt64($0) })
    }

    mutating func word(_ tag: UInt64, _ value: UInt64) {
        self.bytes(tag, withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }

    mutating func bytes(_ tag: UInt64, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        Varint.encode(tag, into: &self.bytes)
        Varint.encode(UInt64(value.count), into: &self.bytes)
        self.bytes.append(contentsOf: value)
    }

    mutating func text(_ tag: UInt64, _ value: String) {
        self.bytes(tag, Array(value.utf8))
    }

    /// - Precondition: `value` is an identifier (`FIELD-6`).
    mutating func identifier(_ tag: UInt64, _ value: String) {
        precondition(WireText.isIdentifier(value), "not an identifier that can travel")
        self.text(tag, value)
    }

    mutating func hashes(_ tag: UInt64, _ hashes: [ContentHash]) {
        var value: [UInt8] = []
        value.reserveCapacity(hashes.count * ContentHash.byteCount)
        for hash in hashes { hash.appendBinary(to: &value) }
        self.bytes(tag, value)
    }

    mutating func objectIDs(_ tag: UInt64, _ ids: [ObjectID]) {
        guard !ids.isEmpty else { return }
        Varint.encode(tag, into: &self.bytes)
        Varint.encode(UInt64(ids.count * ObjectID.byteCount), into: &self.bytes)
        self.bytes.reserveCapacity(self.bytes.count + ids.count * ObjectID.byteCount)
        for id in ids { id.appendBinary(to: &self.bytes) }
    }
}
