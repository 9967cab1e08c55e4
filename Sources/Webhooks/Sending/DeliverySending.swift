/// What is sent for one delivery.
public struct DeliveryRequest: Equatable, Sendable {
    public var url: String
    /// Sent to the webhook's own address only, and not to where that redirects.
    public var signatures: [DeliverySignature.Header]
    public var body: [UInt8]

    public init(url: String, signatures: [DeliverySignature.Header], body: [UInt8]) {
        self.url = url
        self.signatures = signatures
        self.body = body
    }
}

/// Makes attempts at deliveries.
public protocol DeliverySending: Sendable {
    /// Connections for some deliveries that go to the same webhook, one after the other.
    func open() -> any DeliveryConnection
}

/// Must be closed.
public protocol DeliveryConnection: Sendable {
    /// Ends within seconds, whatever the other side does; at once when the task is cancelled.
    func send(_ request: DeliveryRequest) async -> Attempt
    func close() async
}
