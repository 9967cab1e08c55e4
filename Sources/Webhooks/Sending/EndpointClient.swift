import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Sends deliveries by HTTP, to checked addresses only.
///
/// A name is looked up once for each attempt, all that it stands for must be allowed, and the connection is made to one of the
/// addresses that were checked: that the name means something else a moment later changes nothing. The certificate is the
/// name's all the same. Proxies of the environment are not used; they would connect to wherever they like.
public struct EndpointClient: DeliverySending {
    struct Times: Sendable {
        var attempt = Limits.attemptTime
        var connect = Limits.connectTime
        var lookUp = Limits.lookUpTime
        var answerBody = Limits.answerBodyTime
    }

    fileprivate let policy: AddressPolicy
    fileprivate let resolver: any HostResolving
    fileprivate let userAgent: String
    fileprivate let tls: TLSConfiguration
    fileprivate let times: Times

    /// - Parameter version: of this program, which receivers are told.
    public init(policy: AddressPolicy, resolver: any HostResolving = SystemResolver(), version: String) {
        self.init(policy: policy, resolver: resolver, version: version, tls: .makeClientConfiguration())
    }

    init(
        policy: AddressPolicy, resolver: any HostResolving, version: String, tls: TLSConfiguration,
        times: Times = Times()
    ) {
        self.policy = policy
        self.resolver = resolver
        self.userAgent = "Tiebeam/\(version)"
        self.tls = tls
        self.times = times
    }

    public func open() -> any DeliveryConnection { EndpointConnection(self) }
}

/// Connections to where some deliveries go. They are kept from one delivery to the next.
private final class EndpointConnection: DeliveryConnection {
    /// A client of its own for each address of a name: a client knows one address of a name, for good.
    private struct Pin: Hashable {
        var host: String
        var address: NetworkAddress
    }

    private enum Answer {
        case ended(Attempt)
        case redirected(status: Int, location: String)
    }

    private let client: EndpointClient
    private let clients = Mutex<[Pin: HTTPClient]>([:])

    init(_ client: EndpointClient) {
        self.client = client
    }

    func close() async {
        let clients = self.clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in clients { try? await client.shutdown() }
    }

    func send(_ request: DeliveryRequest) async -> Attempt {
        let attempt = await within(self.client.times.attempt) { await self.follow(request) }
        switch attempt {
        case .some(let attempt): return attempt
        case .none: return Task.isCancelled ? .interrupted : .unreachable(.noAnswer)
        }
    }

    private func follow(_ request: DeliveryRequest) async -> Attempt {
        guard var target = EndpointAddress(request.url) else { return .refused(.invalidAddress) }
        var signatures = request.signatures
        for _ in 0...Limits.redirectCountMax {
            switch await self.post(request.body, signatures, to: target) {
            case .ended(let attempt):
                return attempt
            case .redirected(let status, let location):
                // Others ask for a GET, or may be taken to do so: that is no delivery.
                guard [307, 308].contains(status) else { return .answered(status: status, retryAfter: nil) }
                guard let next = target.following(location) else { return .refused(.invalidRedirect) }
                guard target.scheme == .http || next.scheme == .https else { return .refused(.unsafeRedirect) }
                // Somebody else could send on what is signed.
                if !target.trusts(next) { signatures = [] }
                target = next
            }
        }
        return .refused(.tooManyRedirects)
    }

    private func post(
        _ body: [UInt8], _ signatures: [DeliverySignature.Header], to target: EndpointAddress
    ) async -> Answer {
        let found = await self.addresses(of: target.host)
        guard let addresses = found, !addresses.isEmpty else {
            return .ended(self.isInterrupted ? .interrupted : .unreachable(.unknownName))
        }
        guard addresses.count <= Limits.addressCountMax,
            addresses.allSatisfy({ self.client.policy.allows($0, of: target.host) })
        else { return .ended(.refused(.forbiddenAddress)) }

        var request = HTTPClientRequest(url: target.text)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: self.client.userAgent)
        for header in signatures { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: body))

        let tried = Self.tried(addresses)
        for address in tried {
            let client = self.pinned(target.host, to: address, outOf: tried.count)
            do {
                return try await self.answer(to: request, client)
            } catch {
                if self.isInterrupted { return .ended(.interrupted) }
                let trouble = Self.trouble(error)
                if trouble == .noConnection, address != tried.last { continue }
                return .ended(.unreachable(trouble))
            }
        }
        return .ended(.unreachable(.noConnection))
    }

    private var isInterrupted: Bool { Task.isCancelled }

    private func addresses(of host: String) async -> [NetworkAddress]? {
        if let address = NetworkAddress(host) { return [address.unmapped] }
        let resolver = self.client.resolver
        let found = await within(self.client.times.lookUp) { await resolver.addresses(of: host) }
        return found.map { $0.map(\.unmapped) }
    }

    /// The first, and the first of the other kind: where one kind leads nowhere, the other one may.
    private static func tried(_ addresses: [NetworkAddress]) -> [NetworkAddress] {
        var tried: [NetworkAddress] = []
        for address in addresses where tried.count < Limits.connectCountMax {
            let isNewKind = tried.allSatisfy { $0.isV4 != address.isV4 }
            if isNewKind { tried.append(address) }
        }
        if tried.count < Limits.connectCountMax, let other = addresses.first(where: { !tried.contains($0) }) {
            tried.append(other)
        }
        return tried
    }

    private func pinned(_ host: String, to address: NetworkAddress, outOf count: Int) -> HTTPClient {
        self.clients.withLock { clients in
            let pin = Pin(host: host, address: address)
            if let client = clients[pin] { return client }
            var configuration = HTTPClient.Configuration(tlsConfiguration: self.client.tls)
            configuration.redirectConfiguration = .disallow
            configuration.timeout.connect = TimeAmount(self.client.times.connect / count)
            configuration.connectionPool.retryConnectionEstablishment = false
            configuration.httpVersion = .http1Only
            // IPv6 addresses that stand in a URL have brackets there.
            configuration.dnsOverride = [host: address.description, "[\(host)]": address.description]
            configuration.http1_1ConnectionDebugInitializer = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AnswerLimit(), position: .first)
                }
            }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[pin] = client
            return client
        }
    }

    private func answer(to request: HTTPClientRequest, _ client: HTTPClient) async throws -> Answer {
        let response = try await client.execute(request, timeout: TimeAmount(self.client.times.attempt))
        // What was answered counts, whatever becomes of the rest.
        _ = await within(self.client.times.answerBody) { await Self.drop(response.body) }
        let status = Int(response.status.code)
        if (300..<400).contains(status), let location = response.headers.first(name: "Location") {
            return .redirected(status: status, location: location)
        }
        return .ended(.answered(status: status, retryAfter: response.headers.first(name: "Retry-After")))
    }

    /// Reads to the end, so that the connection can be used again, unless that is far.
    private static func drop(_ body: HTTPClientResponse.Body) async {
        var byteCount = 0
        do {
            for try await part in body {
                byteCount += part.readableBytes
                guard byteCount <= Limits.answerBodyByteCountMax else { return }
            }
        } catch {}
    }

    private static func trouble(_ error: any Error) -> Attempt.Trouble {
        switch error {
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return .noTrust
        case is NIOConnectionError, ChannelError.connectTimeout:
            return .noConnection
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return .noConnection
            case .tlsHandshakeTimeout, .deadlineExceeded, .readTimeout: return .noAnswer
            default: return .connectionLost
            }
        case let error as IOError:
            let isNoConnection = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(error.errnoCode)
            return isNoConnection ? .noConnection : .connectionLost
        default:
            return .connectionLost
        }
    }
}

/// Ends a connection that brings more than an answer may have, whatever it is: heads are held in memory as a whole.
private final class AnswerLimit: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private struct TooLong: Error {}

    /// Since something was sent last.
    private var byteCount = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.byteCount = 0
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.byteCount += self.unwrapInboundIn(data).readableBytes
        guard self.byteCount <= Limits.answerByteCountMax else {
            context.fireErrorCaught(TooLong())
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}

extension NetworkAddress {
    fileprivate var isV4: Bool { if case .v4 = self { true } else { false } }
}
