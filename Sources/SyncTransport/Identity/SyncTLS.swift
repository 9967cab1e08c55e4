import NIOCore
import NIOSSL
import ObjectModel

/// TLS as Tiebeam Sync uses it: version 1.3, ALPN `tiebeam/1`, both sides known by their keys (Spec §3).
enum SyncTLS {
    static let applicationProtocol = "tiebeam/1"

    static func serverContext(_ identity: NodeIdentity) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(identity.certificate)], privateKey: .privateKey(identity.privateKey))
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = [self.applicationProtocol]
        // Diallers are asked for a certificate and may have none. What one says is checked in `serverHandler`.
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates([])
        return try NIOSSLContext(configuration: configuration)
    }

    /// - Parameter identity: what the client shows to servers that ask; `nil` for one that is no node.
    static func clientContext(_ identity: NodeIdentity?) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let identity {
            configuration.certificateChain = [.certificate(identity.certificate)]
            configuration.privateKey = .privateKey(identity.privateKey)
        }
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = [self.applicationProtocol]
        // Who the server is, is decided by its key alone, in the callback of `clientHandler`. The system's authorities
        // have no say, and reading them takes longer than the rest of a handshake.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        return try NIOSSLContext(configuration: configuration)
    }

    /// A server's TLS handler that takes any certificate as a proof of its key, and clients without one (`NODE-5`).
    ///
    /// Whether the node of that key may do anything is decided by AUTH.
    static func serverHandler(_ context: NIOSSLContext) -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: context) { _, promise in promise.succeed(.certificateVerified) }
    }

    /// The node that holds the key of the peer's certificate; `nil` without one. Call it after the handshake.
    static func node(behind channel: any Channel) async -> NodeID? {
        guard let certificate = try? await channel.nioSSL_peerCertificate().get() else { return nil }
        return try? NodeID(of: certificate)
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
