/// How a node is reached (Spec §3.2, §3.5).
public enum SyncRoute: String, CaseIterable, Codable, Sendable {
    /// At its sync port.
    case direct
    /// Through its API, by an HTTP request that changes the protocol.
    case http
    /// The same within another TLS connection, as it is needed where only HTTPS passes.
    case https

    /// What addresses of this route begin with (Spec §3.4).
    public var scheme: String {
        switch self {
        case .direct: "tiebeam://"
        case .http: "tiebeam+http://"
        case .https: "tiebeam+https://"
        }
    }
}
