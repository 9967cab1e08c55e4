import ObjectModel

/// Which webhooks are sent to now, and which must wait until others of their host or project are done, so that a host that is
/// slow keeps only some of the lanes.
///
/// Pure: no tasks and no clock.
struct Lanes {
    struct Lane: Hashable {
        var endpoint: WebhookDelivery.Endpoint
        /// Empty for an address that has none.
        var host: String

        init(_ claim: DeliveryClaim) {
            let webhook = claim.webhook ?? claim.deliveries.first?.event.webhook
            self.endpoint = claim.endpoint
            self.host = webhook.flatMap { EndpointAddress($0.url)?.host.lowercased() } ?? ""
        }
    }

    private struct Counts {
        var hosts: [String: Int] = [:]
        var projects: [ProjectID: Int] = [:]

        func hasRoom(for lane: Lane) -> Bool {
            self.hosts[lane.host, default: 0] < Limits.hostLaneCountMax
                && self.projects[lane.endpoint.project, default: 0] < Limits.projectLaneCountMax
        }

        mutating func add(_ lane: Lane) {
            self.hosts[lane.host, default: 0] += 1
            self.projects[lane.endpoint.project, default: 0] += 1
        }

        mutating func remove(_ lane: Lane) {
            self.hosts[lane.host] = self.hosts[lane.host].flatMap { $0 > 1 ? $0 - 1 : nil }
            let project = lane.endpoint.project
            self.projects[project] = self.projects[project].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }

    private var running: Set<Lane> = []
    private var counts = Counts()
    /// In the order in which they came.
    private var deferred: [Lane] = []

    var isEmpty: Bool { self.running.isEmpty }
    /// Of what runs or waits.
    var endpoints: Set<WebhookDelivery.Endpoint> {
        Set(self.running.map(\.endpoint)).union(self.deferred.map(\.endpoint))
    }
    var freeCount: Int { Limits.laneCountMax - self.running.count }

    /// Begins a lane. Without room it must wait: false then.
    mutating func begin(_ lane: Lane) -> Bool {
        precondition(!self.running.contains(lane), "a webhook has one lane")
        guard self.freeCount > 0, self.counts.hasRoom(for: lane) else {
            if self.deferred.count < Limits.deferredCountMax { self.deferred.append(lane) }
            return false
        }
        self.running.insert(lane)
        self.counts.add(lane)
        return true
    }

    mutating func end(_ lane: Lane) {
        let ended = self.running.remove(lane)
        precondition(ended != nil, "a lane ends once")
        self.counts.remove(lane)
    }

    /// Webhooks that nothing is to be claimed for: what runs, and what would have no room. Of those that wait, the first ones that
    /// have room now wait no more.
    mutating func busy() -> Set<WebhookDelivery.Endpoint> {
        var expected = self.counts
        self.deferred.removeAll { lane in
            guard expected.hasRoom(for: lane) else { return false }
            expected.add(lane)
            return true
        }
        return self.endpoints
    }
}
