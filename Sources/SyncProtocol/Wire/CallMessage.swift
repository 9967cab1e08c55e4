/// A request to the API of the other node (Spec §8.30). Its body follows as DATA.
public struct CallMessage: WireMessage {
    public static let type = FrameType.call
    /// Upper-case letters, at most ``Limits/methodByteCountMax``.
    public var method: String
    /// Path and query, as in the first line of a request: visible ASCII from `/` on.
    public var target: String
    public var headers: [HTTPHeader]
    /// An encoded ``LeasedMessage`` that the request is made by, in place of a token.
    public var lease: [UInt8]?

    /// - Precondition: the fields are as they can travel.
    public init(method: String, target: String, headers: [HTTPHeader] = [], lease: [UInt8]? = nil) {
        precondition(Self.isMethod(method) && Self.isTarget(target), "not a request that can travel")
        precondition(headers.count <= Limits.headerCountMax, "too many headers in one CALL")
        self.method = method
        self.target = target
        self.headers = headers
        self.lease = lease
    }

    public static func isMethod(_ text: String) -> Bool {
        (1...Limits.methodByteCountMax).contains(text.utf8.count) && text.utf8.allSatisfy { (0x41...0x5A).contains($0) }
    }

    public static func isTarget(_ text: String) -> Bool {
        text.utf8.first == 0x2F && text.utf8.count <= Limits.targetByteCountMax
            && text.utf8.allSatisfy(WireText.isTokenByte)
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount <= Limits.callByteCountMax else { throw WireError(.frameTooLarge) }
        var (method, target): (String?, String?) = (nil, nil)
        var headers: [HTTPHeader] = []
        var lease: [UInt8]?
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2:
                method = String(decoding: payload.copy(field.range), as: UTF8.self)
                guard let method, Self.isMethod(method) else { throw field.invalid }
            case 4:
                target = String(decoding: payload.copy(field.range), as: UTF8.self)
                guard let target, Self.isTarget(target) else { throw field.invalid }
            case 6: headers = try field.headers(in: payload)
            case 8: lease = try field.bytes(in: payload, byteCountMax: Limits.signedLeaseByteCountMax)
            default: try field.skipUnknown()
            }
        }
        guard let method else { throw WireError(.missingField, tag: 2) }
        guard let target else { throw WireError(.missingField, tag: 4) }
        self.init(method: method, target: target, headers: headers, lease: lease)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.text(2, self.method)
        fields.text(4, self.target)
        fields.headers(6, self.headers)
        fields.bytes(8, self.lease ?? [])
        return fields.bytes
    }
}

/// The answer to a CALL (Spec §8.31). Its body follows as DATA.
public struct AnswerMessage: WireMessage {
    public static let type = FrameType.answer
    /// 200 to 599.
    public var status: Int
    public var headers: [HTTPHeader]

    public init(status: Int, headers: [HTTPHeader] = []) {
        precondition(Self.statuses.contains(status), "no status of an answer")
        precondition(headers.count <= Limits.headerCountMax, "too many headers in one ANSWER")
        self.status = status
        self.headers = headers
    }

    private static let statuses = 200...599

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount <= Limits.callByteCountMax else { throw WireError(.frameTooLarge) }
        var status: Int?
        var headers: [HTTPHeader] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2:
                let number = try field.count(in: payload, max: Self.statuses.upperBound)
                guard number >= Self.statuses.lowerBound else { throw field.invalid }
                status = number
            case 4: headers = try field.headers(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let status else { throw WireError(.missingField, tag: 2) }
        self.init(status: status, headers: headers)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.count(2, self.status)
        fields.headers(4, self.headers)
        return fields.bytes
    }
}
