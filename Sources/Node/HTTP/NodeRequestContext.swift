import Hummingbird
import ObjectModel

/// What a handler knows of its request beside the request itself.
struct NodeRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks; `nil` for everybody.
    var principal: Principal?
    /// Whom it is counted as; `nil` when it is not.
    var rateSource: String?
    /// It came by another node.
    let isPassedOn: Bool
    /// The address at the other end of the connection.
    let peerAddress: String?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.isPassedOn = false
        self.peerAddress = source.channel.remoteAddress?.ipAddress
    }

    /// For a request that came by another node.
    init(source: PassedOn) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.isPassedOn = true
        self.peerAddress = nil
    }

    /// The id at `:name` in the path; empty where the route has none.
    func id<ID: EntityID>(_ name: String, as type: ID.Type = ID.self) -> ID {
        ID(rawValue: self.parameters.get(name) ?? "")
    }
}
