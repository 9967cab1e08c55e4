public import ObjectModel

/// Consecutive operations of one origin (Spec §8.10). Their scope is that of the FETCH.
public struct OperationsMessage: WireMessage {
    public static let type = FrameType.operations

    /// One operation without what the message says for all of them.
    public struct Record: Equatable, Sendable {
        public var timestamp: Timestamp
        /// `nil` for the server itself.
        public var actor: UserID?
        /// Opaque; at most ``Limits/operationBodyByteCountMax`` bytes.
        public var body: [UInt8]

        public init(timestamp: Timestamp, actor: UserID?, body: [UInt8]) {
            self.timestamp = timestamp
            self.actor = actor
            self.body = body
        }

        /// Length on the wire, with tag and length, in bytes.
        var encodedByteCount: Int {
            let value = 8 + 1 + (self.actor?.rawValue.utf8.count ?? 0) + self.body.count
            return 1 + Varint.byteCount(UInt64(value)) + value
        }
    }

    public var origin: NodeID
    /// Sequence of the first record; the others follow without gaps. At least 1.
    public var firstSequence: UInt64
    /// 1 to ``Limits/operationCountMax``.
    public var records: [Record]

    /// - Precondition: `origin` is 64 lower-case hexadecimal digits.
    public init(origin: NodeID, firstSequence: UInt64, records: [Record]) {
        precondition(NodeID.isValid(origin.rawValue), "a node id is 64 lower-case hexadecimal digits")
        self.origin = origin
        self.firstSequence = firstSequence
        self.records = records
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount <= Limits.bulkFrameByteCountMax else { throw WireError(.frameTooLarge) }
        var origin: NodeID?
        var firstSequence: UInt64?
        var records: [Record] = []
        var fields = FieldReader(repeatable: 6)
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2:
                guard field.range.count == ContentHash.byteCount else { throw field.invalid }
                origin = WireText.node(payload, at: field.range.lowerBound)
            case 4: firstSequence = try field.varint(in: payload)
            case 6:
                guard records.count < Limits.operationCountMax else { throw field.invalid }
                records.append(try Record(field, in: payload))
            default: try field.skipUnknown()
            }
        }
        guard let origin else { throw WireError(.missingField, tag: 2) }
        guard let firstSequence else { throw WireError(.missingField, tag: 4) }
        guard !records.isEmpty else { throw WireError(.missingField, tag: 6) }
        guard !firstSequence.addingReportingOverflow(UInt64(records.count - 1)).overflow else {
            throw WireError(.invalidField, tag: 4)
        }
        self.init(origin: origin, firstSequence: firstSequence, records: records)
    }

    public func encoded() -> [UInt8] {
        precondition(!self.records.isEmpty, "an OPS frame has at least one operation")
        precondition(self.records.count <= Limits.operationCountMax, "too many operations in one frame")
        var fields = FieldWriter()
        fields.bytes(2, WireText.binary(of: self.origin) ?? [])
        fields.varint(4, self.firstSequence)
        for record in self.records { fields.bytes(6, record.encoded()) }
        return fields.bytes
    }

    /// The sequence of the last record.
    public var lastSequence: UInt64 { self.firstSequence + UInt64(self.records.count - 1) }

    /// The operations as they stand in the log of `scope`.
    public func operations(in scope: LogScope) -> [Operation] {
        self.records.enumerated().map { index, record in
            Operation(
                scope: scope, origin: self.origin, sequence: self.firstSequence + UInt64(index),
                timestamp: record.timestamp, actor: record.actor, body: record.body)
        }
    }

    /// Packs operations of one scope, in order, into as few messages as fit.
    ///
    /// - Precondition: each body is at most ``Limits/operationBodyByteCountMax`` bytes long.
    public static func pack(_ operations: [Operation]) -> [OperationsMessage] {
        let headByteCount = 2 + ContentHash.byteCount + 2 + Varint.byteCountMax
        var messages: [OperationsMessage] = []
        var byteCount = 0
        for operation in operations {
            let record = Record(timestamp: operation.timestamp, actor: operation.actor, body: operation.body)
            if let last = messages.last, last.origin == operation.origin, last.lastSequence + 1 == operation.sequence,
                last.records.count < Limits.operationCountMax,
                byteCount + record.encodedByteCount <= Limits.bulkFrameByteCountMax
            {
                messages[messages.count - 1].records.append(record)
                byteCount += record.encodedByteCount
            } else {
                messages.append(
                    OperationsMessage(origin: operation.origin, firstSequence: operation.sequence, records: [record]))
                byteCount = headByteCount + record.encodedByteCount
            }
        }
        return messages
    }
}

extension OperationsMessage.Record {
    /// Timestamp of 8 bytes (two's complement), length of the actor in one byte, actor, body.
    fileprivate init(_ field: Field, in payload: RawSpan) throws(WireError) {
        guard field.range.count >= 9 else { throw field.invalid }
        let start = field.range.lowerBound
        self.timestamp = Timestamp(millisecondsSinceEpoch: Int64(bitPattern: payload.word64(start)))
        let actorEnd = start + 9 + Int(payload.byte(start + 8))
        guard actorEnd <= field.range.upperBound, field.range.upperBound - actorEnd <= Limits.operationBodyByteCountMax
        else { throw field.invalid }
        if actorEnd > start + 9 {
            guard let actor = WireText.identifier(payload, (start + 9)..<actorEnd) else { throw field.invalid }
            self.actor = UserID(rawValue: actor)
        } else {
            self.actor = nil
        }
        self.body = payload.copy(actorEnd..<field.range.upperBound)
    }

    fileprivate func encoded() -> [UInt8] {
        precondition(self.body.count <= Limits.operationBodyByteCountMax, "operation too large to travel")
        let actor = self.actor?.rawValue ?? ""
        precondition(self.actor == nil || WireText.isIdentifier(actor), "not an identifier that can travel")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(9 + actor.utf8.count + self.body.count)
        withUnsafeBytes(of: self.timestamp.millisecondsSinceEpoch.bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(actor.utf8.count))
        bytes.append(contentsOf: actor.utf8)
        bytes.append(contentsOf: self.body)
        return bytes
    }
}
