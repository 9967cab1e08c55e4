import ObjectModel
import Storage

/// One entry of an edge's outbox on its way to the region: what is to happen next.
final class SimulatedDelivery {
    enum Next {
        case renewLease
        case bringObjects(SimulatedPush?)
        case putVersion
        case settle(OutboxDelivery)
    }

    let entry: OutboxEntry
    var next = Next.renewLease

    init(_ entry: OutboxEntry) {
        self.entry = entry
    }
}
