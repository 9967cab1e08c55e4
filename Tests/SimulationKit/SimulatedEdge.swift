import ObjectModel
import Storage
import StorageTestKit

/// One edge: what is on its disk, its clocks, and what its process remembers.
final class SimulatedEdge {
    /// What is durable.
    struct Disk {
        var leases: [LeaseKey: KeptLease] = [:]
        var outbox: [OutboxEntry] = []
        var heard: Timestamp?
        /// By project, what was uploaded.
        var uploads: [ProjectID: SimulatedJournal] = [:]
        /// By project, what the region was given of that.
        var marks: [ProjectID: PushMark] = [:]
    }

    let number: Int
    let node: NodeID
    let region: SimulatedRegion
    private(set) var disk = Disk()
    private var held: [LeaseKey: HeldLease] = [:]
    /// Projects with uploads that the region may not have.
    private(set) var waiting: Set<ProjectID> = []
    /// When the region answered last, by its clock.
    private var lastHeard: Timestamp?
    private var fault: SimulatedStore.Fault?
    private var connectionCount = 1
    /// The region cannot be reached.
    var isOffline = false
    var delivery: SimulatedDelivery?
    private(set) var bootCount = 1
    private var bootedAt: Int64 = 0
    /// How far its time of day is ahead, in milliseconds.
    var skew: Int64 = 0

    init(_ number: Int, at region: SimulatedRegion) {
        self.number = number
        self.node = Fixture.node(101 + number)
        self.region = region
    }

    /// - Parameter now: in milliseconds.
    func reading(_ now: Int64) -> UptimeReading {
        UptimeReading(
            boot: "\(self.bootCount)", uptime: now - self.bootedAt,
            time: Timestamp(millisecondsSinceEpoch: now + self.skew))
    }

    var connection: Int? { self.isOffline ? nil : self.connectionCount }

    // MARK: Its process

    /// The next write is the last one of the process.
    func fail(_ fault: SimulatedStore.Fault?) { self.fault = fault }

    func write(_ change: (inout Disk) -> Void) throws {
        let fault = self.fault
        self.fault = nil
        if fault == .beforeCommit { throw SimulatedCrash() }
        change(&self.disk)
        if fault == .afterCommit { throw SimulatedCrash() }
    }

    /// What the process knew is gone. Of uploads that are there it is not known whether the region has them.
    func crash() {
        (self.held, self.lastHeard, self.fault) = ([:], nil, nil)
        self.waiting = Set(self.disk.uploads.keys)
        self.disconnect()
    }

    /// The machine starts anew.
    func reboot(_ now: Int64) {
        self.crash()
        self.bootCount += 1
        self.bootedAt = now
    }

    func disconnect() {
        self.connectionCount += 1
        self.delivery = nil
    }

    // MARK: What it hears

    func hear() { self.lastHeard = self.region.clock.now }

    func noteHeard(in disk: inout Disk) { if let lastHeard { disk.heard = lastHeard } }

    func heldLease(_ key: LeaseKey, _ verified: (Disk) -> HeldLease?) -> HeldLease? {
        if self.held[key] == nil { self.held[key] = verified(self.disk) }
        return self.held[key]
    }

    /// - Parameter lease: `nil` when the region gave none.
    func keep(_ lease: HeldLease?, at key: LeaseKey) throws {
        self.held[key] = lease
        try self.write { $0.leases[key] = lease.map { KeptLease(signed: $0.signed, askedAt: $0.askedAt) } }
    }

    // MARK: Writing

    func upload(_ objects: [Sample], into project: ProjectID, epoch: UInt64) throws {
        try self.write { $0.uploads[project, default: SimulatedJournal(epoch: epoch)].append(objects) }
        self.waiting.insert(project)
    }

    /// Everything that was uploaded to the project before `mark` is in the region.
    func pushed(_ mark: PushMark) throws {
        let project = mark.target
        try self.write { $0.marks[project] = mark }
        if self.disk.uploads[project]?.nextOrdinal == mark.nextOrdinal { self.waiting.remove(project) }
    }

    func queue(_ version: QueuedVersion, by lease: HeldLease) throws {
        let heard = self.lastHeard
        try self.write { disk in
            var version = version
            version.noteSeen(heard: heard, noted: disk.heard, by: lease.lease, behind: disk.outbox)
            disk.outbox.append(OutboxEntry(version: version, lease: lease.signed))
        }
    }
}
