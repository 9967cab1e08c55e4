import ObjectModel

/// Walks the fields of one payload in order (Spec §5.2, `FIELD-1` to `FIELD-5`).
///
/// Holds positions only; the bytes are passed to each call, so nothing is copied and no lifetime is extended.
struct FieldReader {
    private var offset: Int
    private var lastTag: UInt64?
    /// The one tag that may follow itself, if the message has such a tag.
    private let repeatable: UInt64?

    /// - Parameter start: where the fields begin, in bytes from the start of the payload.
    init(start: Int = 0, repeatable: UInt64? = nil) {
        self.offset = start
        self.repeatable = repeatable
    }

    /// The next field, or `nil` at the end of `bytes`.
    mutating func next(in bytes: RawSpan) throws(WireError) -> Field? {
        guard self.offset < bytes.byteCount else { return nil }
        guard let tag = try Varint.read(bytes, at: &self.offset, end: bytes.byteCount) else {
            throw WireError(.truncated)
        }
        if let lastTag, tag < lastTag || (tag == lastTag && tag != self.repeatable) {
            throw WireError(.fieldOrder, tag: tag)
        }
        self.lastTag = tag
        guard let byteCount = try Varint.read(bytes, at: &self.offset, end: bytes.byteCount) else {
            throw WireError(.truncated, tag: tag)
        }
        guard byteCount <= UInt64(bytes.byteCount - self.offset) else { throw WireError(.truncated, tag: tag) }
        let range = self.offset..<(self.offset + Int(byteCount))
        self.offset = range.upperBound
        return Field(tag: tag, range: range)
    }
}

/// One field of a payload: its tag, and where its value stands.
struct Field {
    let tag: UInt64
    /// In bytes from the start of the payload.
    let range: Range<Int>

    var invalid: WireError { WireError(.invalidField, tag: self.tag) }

    /// Passes over a field that this version does not know: odd tags may be ignored, even ones not (`FIELD-3`).
    func skipUnknown() throws(WireError) {
        guard self.tag & 1 == 1 else { throw WireError(.unknownField, tag: self.tag) }
    }

    /// The value as one number, which fills it exactly and is not the default (`FIELD-4`, `FIELD-5`).
    func varint(
        in bytes: RawSpan, default defaultValue: UInt64? = 0, max: UInt64 = .max
    ) throws(WireError) -> UInt64 {
        var offset = self.range.lowerBound
        guard let value = try Varint.read(bytes, at: &offset, end: self.range.upperBound) else {
            throw self.invalid
        }
        guard offset == self.range.upperBound, value <= max else { throw self.invalid }
        guard value != defaultValue else { throw WireError(.defaultField, tag: self.tag) }
        return value
    }

    /// The value as a number that fits an `Int`.
    func count(in bytes: RawSpan, default defaultValue: Int? = 0, max: Int = .max) throws(WireError) -> Int {
        Int(try self.varint(in: bytes, default: defaultValue.map { UInt64($0) }, max: UInt64(max)))
    }

    /// The value as a number of eight bytes.
    func word(in bytes: RawSpan) throws(WireError) -> UInt64 {
        guard self.range.count == 8 else { throw self.invalid }
        return bytes.word64(self.range.lowerBound)
    }

    /// The value as bytes, of which there are between 1 and `byteCountMax`.
    func bytes(in bytes: RawSpan, byteCountMax: Int) throws(WireError) -> [UInt8] {
        guard !self.range.isEmpty else { throw WireError(.defaultField, tag: self.tag) }
        guard self.range.count <= byteCountMax else { throw self.invalid }
        return bytes.copy(self.range)
    }

    /// The value as exactly `byteCount` bytes.
    func bytes(in bytes: RawSpan, exactly byteCount: Int) throws(WireError) -> [UInt8] {
        guard self.range.count == byteCount else { throw self.invalid }
        return bytes.copy(self.range)
    }

    /// The value as an identifier of a project or a person (`FIELD-6`).
    func identifier(in bytes: RawSpan) throws(WireError) -> String {
        guard let text = WireText.identifier(bytes, self.range) else { throw self.invalid }
        return text
    }

    /// The value as a bearer token (`AUTH-2`).
    func token(in bytes: RawSpan) throws(WireError) -> String {
        let copy = try self.bytes(in: bytes, byteCountMax: Limits.tokenByteCountMax)
        guard copy.allSatisfy(WireText.isTokenByte) else { throw self.invalid }
        return String(decoding: copy, as: UTF8.self)
    }

    /// The value as UTF-8 text, between 1 and ``Limits/textByteCountMax`` bytes long.
    func text(in bytes: RawSpan) throws(WireError) -> String {
        let copy = try self.bytes(in: bytes, byteCountMax: Limits.textByteCountMax)
        guard let text = String(validating: copy, as: UTF8.self) else { throw self.invalid }
        return text
    }

    /// The value as SHA-256 hashes of 32 bytes each, between 1 and `countMax` of them.
    func hashes(in bytes: RawSpan, countMax: Int) throws(WireError) -> [ContentHash] {
        guard !self.range.isEmpty else { throw WireError(.defaultField, tag: self.tag) }
        let (count, rest) = self.range.count.quotientAndRemainder(dividingBy: ContentHash.byteCount)
        guard rest == 0, count <= countMax else { throw self.invalid }
        return bytes.extracting(self.range).withUnsafeBytes { value in
            (0..<count).map { ContentHash(binaryIn: value, at: $0 * ContentHash.byteCount) }
        }
    }

    /// The value as object ids of 16 bytes each, between 1 and `countMax` of them.
    func objectIDs(in bytes: RawSpan, countMax: Int) throws(WireError) -> [ObjectID] {
        guard !self.range.isEmpty else { throw WireError(.defaultField, tag: self.tag) }
        let (count, rest) = self.range.count.quotientAndRemainder(dividingBy: ObjectID.byteCount)
        guard rest == 0, count <= countMax else { throw self.invalid }
        return bytes.extracting(self.range).withUnsafeBytes { value in
            (0..<count).map { ObjectID(binaryIn: value, at: $0 * ObjectID.byteCount) }
        }
    }
}
