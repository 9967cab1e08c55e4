import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Node
import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport
import Synchronization

/// An edge's region, over the connection that is kept with it.
struct RegionUpstream: EdgeUpstream {
    let link: RegionLink
    let roster: RosterBook
    /// This edge.
    let node: NodeID
    private let heard = HeardTime()

    var lastHeard: Timestamp? { self.heard.last }
    var connectionNumber: Int? { self.link.connectionNumber }
    var regionName: String? { self.link.regionName }

    func call(_ request: HTTPRequest, body: RequestBody?, by lease: [UInt8]?) async throws -> Response {
        try await self.call(request, body: body, by: lease, isLasting: false)
    }

    func listen(_ request: HTTPRequest) async throws -> Response {
        try await self.call(request, body: nil, by: nil, isLasting: true)
    }

    private func call(
        _ request: HTTPRequest, body: RequestBody?, by lease: [UInt8]?, isLasting: Bool
    ) async throws -> Response {
        var headers = request.headerFields.thatTravel
        if let host = request.authority.flatMap({ HTTPHeader(name: "host", value: $0) }) { headers.append(host) }
        guard let target = request.path, CallMessage.isMethod(request.method.rawValue), CallMessage.isTarget(target),
            headers.count <= SyncProtocol.Limits.headerCountMax
        else { throw DomainError(.userInput, "The request's first line or its headers are too long.") }
        let message = CallMessage(
            method: request.method.rawValue, target: target, headers: headers, lease: lease)
        do {
            let reply = try await self.link.call(
                message, body: body?.map { Array($0.readableBytesView) }, isLasting: isLasting)
            self.heard.note(reply.message.time)
            return Response(reply)
        } catch let away as RegionLink.Away {
            if away.wasConnected { throw AnswerLost() }
            throw StorageError.unreachable
        }
    }

    func lease(on project: ProjectID, for token: String?) async throws -> SignedLease? {
        // What cannot travel is no project and no token.
        guard WireText.isIdentifier(project.rawValue), token.map(WireText.isToken) ?? true else { return nil }
        return try await self.ask(LeaseMessage(project: project, proof: token.map { .token($0) }))
    }

    func renew(_ lease: [UInt8], on project: ProjectID) async throws -> SignedLease? {
        try await self.ask(LeaseMessage(project: project, proof: .lease(lease)))
    }

    private func ask(_ request: LeaseMessage) async throws -> SignedLease? {
        guard case .given(let message) = try await self.link.lease(request) else { return nil }
        let signed = message.encoded()
        guard let lease = self.verified(signed), lease.project == request.project,
            (lease.holder == nil) == (request.proof == nil)
        else { throw LeaseError.mismatched }
        self.heard.note(lease.issuedAt)
        return SignedLease(lease: lease, signed: signed)
    }

    func verified(_ signed: [UInt8]) -> Lease? {
        guard let lease = try? LeasedMessage(decoding: signed.span.bytes).lease(listedBy: self.roster.current),
            lease.edge == self.node
        else { return nil }
        return lease
    }
}

/// The last moment that a region told, by its clock.
private final class HeardTime: Sendable {
    private let time = Mutex<Timestamp?>(nil)

    var last: Timestamp? { self.time.withLock { $0 } }

    func note(_ time: Timestamp?) {
        guard let time else { return }
        self.time.withLock { $0 = max($0 ?? time, time) }
    }
}

extension Response {
    fileprivate init(_ reply: CallReply) {
        var headers = HTTPFields(reply.message.headers)
        let length = headers[.contentLength].flatMap { Int($0) }
        headers[.contentLength] = nil
        headers[.tiebeamTime] = nil
        let body =
            reply.hasBody
            ? ResponseBody(contentLength: length) { writer in
                for try await piece in reply.body { try await writer.write(ByteBuffer(bytes: piece)) }
                try await writer.finish(nil)
            } : ResponseBody(byteBuffer: ByteBuffer())
        self.init(
            status: HTTPResponse.Status(code: reply.message.status), headers: headers, body: body)
    }
}

/// What was uploaded to an edge, on its way to the region.
struct RegionUploads: EdgeUploads {
    let push: UploadPush
    let cache: EdgeCache

    var projects: Set<ProjectID> { get async { await self.push.projects } }
    func uploaded(to project: ProjectID) async {
        await self.push.uploaded(to: project)
        self.cache.lookSoon()
    }

    func flush(_ project: ProjectID) async throws {
        try await self.push.flush(project)
        self.cache.lookSoon()
    }
}
