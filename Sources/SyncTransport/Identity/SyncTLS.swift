import NIOCore
import NIOSSL
import ObjectModel

/// TLS as Tiebeam Sync uses it: version 1.3, ALPN `tiebeam/1`, the server known by its key (Spec §3).
enum SyncTLS {
    static let applicationProtocol = "tiebeam/1"

    static func serverContext(_ identity: NodeIdentity) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(identity.certificate)], privateKey: .privateKey(identity.privateKey))
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = [self.applicationProtocol]
        return try NIOSSLContext(configuration: configuration)
    }

    static func clientContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = [self.applicationProtocol]
        // Who the server is, is decided by its key alone, in the callback of `clientHandler`. The system's authorities
        // have no say, and reading them takes longer than the rest of a handshake.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        return try NIOSSLContext(configuration: configuration)
    }

    /// A client's TLS handler that accepts exactly the node `expected`.
    static func clientHandler(_ context: NIOSSLContext, expecting expected: NodeID) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(
            context: context,
            serverHostname: nil,
            customVerificationCallback: { certificates, promise in
                guard let leaf = certificates.first, (try? NodeID(of: leaf)) == expected else {
                    promise.succeed(.failed)
                    return
                }
                promise.succeed(.certificateVerified)
            })
    }
}
