/// The server that takes this node's mails, and how it is spoken to.
public struct SMTPSettings: Sendable {
    public enum Security: String, CaseIterable, Sendable {
        /// TLS, or nothing is sent.
        case required
        /// TLS with a certificate that is verified, if the server offers it.
        case opportunistic
        case none
    }

    public struct Credentials: Sendable {
        public var user: String
        public var password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    public var host: String
    public var port: Int
    /// TLS from the first byte (`smtps`) in place of STARTTLS.
    public var isImplicitTLS: Bool
    public var security: Security
    public var credentials: Credentials?
    /// A PEM file with the authorities that the server's certificate may come from; `nil` takes the system's.
    public var authorityFile: String?

    public init(
        host: String, port: Int, isImplicitTLS: Bool, security: Security, credentials: Credentials? = nil,
        authorityFile: String? = nil
    ) {
        self.host = host
        self.port = port
        self.isImplicitTLS = isImplicitTLS
        self.security = security
        self.credentials = credentials
        self.authorityFile = authorityFile
    }
}
