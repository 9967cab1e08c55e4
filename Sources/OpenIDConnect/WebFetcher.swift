import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
public import ServiceLifecycle

/// Asks other servers by HTTP, over TLS unless they are on this machine. It follows no redirect, since it tells secrets.
public final class WebFetcher: HTTPFetching, Service {
    private static let timeout = TimeAmount.seconds(10)
    private static let answerByteCountMax = 1 << 20

    private let client: HTTPClient

    public init() {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends the connections when the program stops.
    public func run() async throws {
        try? await gracefulShutdown()
        try await self.client.shutdown()
    }

    public func fetch(_ fetch: HTTPFetch) async throws -> HTTPFetched {
        guard let url = URL(string: fetch.url), url.scheme == "https" || Self.isOwnMachine(url) else {
            throw OpenIDFailure(text: "\(fetch.url) is no address that secrets are told to")
        }
        var request = HTTPClientRequest(url: fetch.url)
        request.headers = HTTPHeaders(fetch.headers)
        request.headers.add(name: "Accept", value: "application/json")
        if let form = fetch.form {
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: form))
        }
        do {
            let response = try await self.client.execute(request, timeout: Self.timeout)
            let body = try await response.body.collect(upTo: Self.answerByteCountMax)
            return HTTPFetched(status: Int(response.status.code), body: Data(body.readableBytesView))
        } catch {
            throw OpenIDFailure(text: "\(fetch.url) does not answer: \(error)")
        }
    }

    private static func isOwnMachine(_ url: URL) -> Bool {
        url.scheme == "http" && ["localhost", "127.0.0.1", "::1"].contains(url.host() ?? "")
    }
}
