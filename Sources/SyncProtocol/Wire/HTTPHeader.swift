/// One header of a request or an answer (Spec §5.3).
public struct HTTPHeader: Equatable, Sendable {
    /// A token of RFC 9110 in lower case, at most ``Limits/headerNameByteCountMax`` bytes.
    public var name: String
    /// UTF-8 without control characters but the tab, at most ``Limits/headerValueByteCountMax`` bytes.
    public var value: String

    /// `nil` for what cannot travel.
    public init?(name: String, value: String) {
        guard (1...Limits.headerNameByteCountMax).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte),
            value.utf8.count <= Limits.headerValueByteCountMax,
            value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 })
        else { return nil }
        self.name = name
        self.value = value
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension Field {
    /// The value as headers, at most ``Limits/headerCountMax``: a list of names and values in turn.
    func headers(in bytes: RawSpan) throws(WireError) -> [HTTPHeader] {
        let parts = try self.list(in: bytes, countMax: 2 * Limits.headerCountMax)
        guard parts.count.isMultiple(of: 2) else { throw self.invalid }
        var headers: [HTTPHeader] = []
        for index in stride(from: 0, to: parts.count, by: 2) {
            guard let name = String(validating: bytes.copy(parts[index]), as: UTF8.self),
                let value = String(validating: bytes.copy(parts[index + 1]), as: UTF8.self),
                let header = HTTPHeader(name: name, value: value)
            else { throw self.invalid }
            headers.append(header)
        }
        return headers
    }
}

extension FieldWriter {
    mutating func headers(_ tag: UInt64, _ headers: [HTTPHeader]) {
        self.list(tag, headers.flatMap { [$0.name, $0.value] })
    }
}
