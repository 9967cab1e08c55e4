public import Storage

/// What an operator may set about a node's API.
public struct NodeConfiguration: Sendable {
    /// Host name or address to listen on.
    public var host: String
    /// 0 takes a free port.
    public var port: Int
    /// The origin that clients reach the node by, without a slash at its end; `nil` takes each request's `Host`.
    public var publicURL: String?
    public var serverName: String
    public var company: String
    /// The longest file that is taken, in bytes.
    public var fileByteCountMax: UInt64
    /// Requests come by a proxy, which says in `X-Forwarded-For` where from.
    public var isBehindProxy: Bool
    /// The same of one file of a bundle.
    public var bundleFileByteCountMax: UInt64
    /// Mails reach people by themselves; otherwise the operator passes them on.
    public var sendsMails: Bool
    /// The release, as clients see it.
    public var version: String

    public init(
        host: String, port: Int, publicURL: String? = nil, serverName: String = "Tiebeam", company: String = "",
        fileByteCountMax: UInt64, bundleFileByteCountMax: UInt64, isBehindProxy: Bool = false, sendsMails: Bool = false,
        version: String
    ) {
        self.host = host
        self.port = port
        self.publicURL = publicURL
        self.serverName = serverName
        self.company = company
        self.fileByteCountMax = fileByteCountMax
        self.isBehindProxy = isBehindProxy
        self.bundleFileByteCountMax = bundleFileByteCountMax
        self.sendsMails = sendsMails
        self.version = version
    }
}

extension NodeConfiguration {
    /// The release of Speckle's server whose API this one has: clients ask by it what a server can do.
    private static let speckleVersion = "2.23.0"

    /// The release of the API.
    var apiVersion: String { "\(Self.speckleVersion)-tiebeam.\(self.version)" }

    /// What webhooks tell of the server, but for what administrators write.
    public var webhookServer: WebhookServer {
        WebhookServer(
            name: self.serverName, company: self.company, version: self.apiVersion, canonicalURL: self.publicURL)
    }
}
