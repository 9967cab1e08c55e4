import Foundation
import Hummingbird
import NIOCore
import ObjectModel

/// A list of object ids, in the three forms in which clients send it.
struct ObjectListRequest {
    /// As they were sent: what is no object id is simply not there.
    var names: [String]
    var mask: PropertyMask?

    var ids: [ObjectID] { self.names.compactMap { ObjectID(hex: $0) } }

    /// Reads `objects`, a JSON list within a form or within JSON.
    ///
    /// - Throws: ``PlainFailure``.
    static func objects(_ request: Request) async throws -> ObjectListRequest {
        let body = try await request.body.collect(upTo: Limits.idListByteCountMax)
        let isForm = request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
        let list: Data
        if isForm {
            guard let field = Form(body)["objects"] else { throw Self.malformed }
            list = Data(field)
        } else {
            guard let fields = try? JSONDecoder().decode([String: String].self, from: Data(body.readableBytesView)),
                let field = fields["objects"]
            else { throw Self.malformed }
            list = Data(field.utf8)
        }
        guard let names = try? JSONDecoder().decode([String].self, from: list) else { throw Self.malformed }
        return ObjectListRequest(names: names)
    }

    private static let malformed = PlainFailure(
        .badRequest, "The body must hold \"objects\": a JSON list of ids, as a string.")

    /// Reads `{"objectIds": […], "attributeMask": {…}}`.
    ///
    /// - Throws: ``DomainError`` or a decoding error.
    static func objectStream(_ request: Request) async throws -> ObjectListRequest {
        let body = try await request.body.collect(upTo: Limits.idListByteCountMax)
        let decoded = try JSONDecoder().decode(StreamBody.self, from: Data(body.readableBytesView))
        return ObjectListRequest(names: decoded.objectIds, mask: decoded.mask)
    }
}

private struct StreamBody: Decodable {
    var objectIds: [String]
    var mask: PropertyMask?

    private enum MaskKeys: String, CodingKey, CaseIterable { case include, exclude }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: AnyKey.self)
        for key in keys.allKeys where key.stringValue != "objectIds" && key.stringValue != "attributeMask" {
            throw DecodingError.dataCorruptedError(forKey: key, in: keys, debugDescription: "unknown key")
        }
        let listKey = AnyKey(stringValue: "objectIds")
        self.objectIds = try keys.decode([String].self, forKey: listKey)
        guard !self.objectIds.isEmpty else {
            throw DecodingError.dataCorruptedError(forKey: listKey, in: keys, debugDescription: "empty")
        }
        let maskKey = AnyKey(stringValue: "attributeMask")
        guard keys.contains(maskKey), try !keys.decodeNil(forKey: maskKey) else { return }
        let fields = try keys.decode([String: [String]].self, forKey: maskKey)
        switch (fields["include"], fields["exclude"], fields.count) {
        case (let names?, nil, 1) where !names.isEmpty: self.mask = .include(Set(names))
        case (nil, let names?, 1) where !names.isEmpty: self.mask = .exclude(Set(names))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: maskKey, in: keys, debugDescription: "either include or exclude, with at least one name")
        }
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }
}

/// What comes as `application/x-www-form-urlencoded`: a body, or the query of an address.
struct Form {
    private var fields: [String: [UInt8]] = [:]

    init(_ body: ByteBuffer) {
        for pair in body.readableBytesView.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: Self.decoded(parts[0]), as: UTF8.self)
            self.fields[name] = parts.count == 2 ? Self.decoded(parts[1]) : []
        }
    }

    subscript(name: String) -> [UInt8]? { self.fields[name] }

    func string(_ name: String) -> String? { self.fields[name].map { String(decoding: $0, as: UTF8.self) } }

    private static func decoded(_ text: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%"), let value = Self.hex(rest.prefix(2)) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func hex(_ digits: some Collection<UInt8>) -> UInt8? {
        guard digits.count == 2 else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
