import NIOSSL
public import ObjectModel
public import SyncProtocol

/// Why a connection, or a stream of it, came to its end.
public enum SyncTransportError: Error, Equatable, Sendable {
    /// Nobody answers there, or the name is unknown; the text is the system's.
    case unreachable(String)
    /// Another node than the expected one answers, or no node at all.
    case untrusted(String)
    /// The roster does not list the node.
    case unlisted(NodeID)
    /// The connection was cut.
    case disconnected
    /// The peer ended the stream or the connection with this error.
    case peer(ErrorMessage)
    /// The peer broke the protocol, or fell silent.
    case failed(SyncError)

    /// The same request may succeed later without anybody's help.
    public var isRetryable: Bool {
        switch self {
        case .unreachable, .disconnected: true
        case .untrusted, .unlisted: false
        case .peer(let message): message.code.errorClass == .retry
        case .failed(let error): error.isRetryable
        }
    }
}

extension SyncTransportError {
    /// Why a socket failed.
    init(_ error: any Error) {
        switch error {
        case let error as SyncTransportError: self = error
        // The end of a TLS connection without a farewell is a cut, not a sign of another node.
        case NIOSSLError.uncleanShutdown, NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])):
            self = .disconnected
        case let error as NIOSSLError: self = .untrusted("\(error)")
        case let error as BoringSSLError: self = .untrusted("\(error)")
        default: self = .disconnected
        }
    }
}

extension SyncTransportError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let reason): "the node cannot be reached: \(reason)"
        case .untrusted: "the node is not the expected one, or no node at all"
        case .unlisted(let node): "the roster does not list the node \(node)"
        case .disconnected: "the connection was cut"
        case .peer(let message): message.text.isEmpty ? Self.text(of: message.code) : message.text
        case .failed(let error):
            error.publicMessage.isEmpty ? Self.text(of: error.code) : error.publicMessage
        }
    }

    private static func text(of code: ErrorCode) -> String {
        switch code {
        case .unauthenticated: "the token is not valid there"
        case .rosterInvalid: "the node does not take our roster"
        case .forbidden: "the token does not allow that"
        case .projectUnknown: "there is no such project, or the token does not allow to see it"
        case .storageFull: "the node has no room left"
        case .shuttingDown: "the node is shutting down"
        case .busy, .tooManyStreams, .rateLimited: "the node is busy"
        case .silent: "the node fell silent"
        case .contentMismatch, .transcriptMismatch: "content does not match its digest"
        case .versionUnsupported: "the node speaks another version of the protocol"
        default: "error 0x\(String(code.rawValue, radix: 16)) of the sync protocol"
        }
    }
}
