import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    static func text(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static func encodedJSON(_ bytes: [UInt8], _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .encodedJSON(Array(try encoder.encode(value)), status)
    }

    /// Speckle's common shape of an error.
    static func failure(_ message: String, code: String, _ status: HTTPResponse.Status) -> Response {
        let body = ["error": ["message": message, "code": code]]
        guard let response = try? Response.json(body, status) else { return Response(status: status) }
        return response
    }

    static func redirect(to location: String) -> Response {
        Response(status: .found, headers: [.location: location])
    }
}
