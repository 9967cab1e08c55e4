import ObjectModel
import Storage
import StorageTestKit
import Testing

/// What edges decide without asking anybody (Spec §21.2).
@Suite struct EdgeDecisionTests {
    private static func moment(_ uptime: Int64, boot: String = "a", time: Int64? = nil) -> UptimeReading {
        UptimeReading(boot: boot, uptime: uptime, time: Timestamp(millisecondsSinceEpoch: time ?? uptime))
    }

    private static func held(
        _ access: Lease.Access = .write, seconds: UInt64 = 120, connection: Int? = 1
    ) -> HeldLease {
        let lease = Lease(
            region: Fixture.node(1), edge: Fixture.node(2), project: Fixture.id(1), holder: nil, access: access,
            issuedAt: Fixture.time(1), seconds: seconds)
        return HeldLease(lease: lease, signed: [1], askedAt: self.moment(1_000), connection: connection)
    }

    @Test("LEASE-5: a lease ends by the clock that nobody sets, and after a start of the machine by the time of day")
    func end() {
        let held = Self.held()
        #expect(!held.hasEnded(at: Self.moment(120_999, time: 9_000_000)))
        #expect(held.hasEnded(at: Self.moment(121_000, time: 0)))
        #expect(!held.hasEnded(at: Self.moment(5, boot: "b", time: 120_999)))
        #expect(held.hasEnded(at: Self.moment(5, boot: "b", time: 121_000)))
        #expect(held.hasEnded(at: Self.moment(5, boot: "b", time: 999)), "the time of day went back")
    }

    @Test("LEASE-6: what is older than a minute, or not known to the region, is asked for again first")
    func use() {
        let held = Self.held()
        #expect(held.use(.write, at: Self.moment(10_999), connection: 1) == .act)
        #expect(held.use(.write, at: Self.moment(11_000), connection: 1) == .renew)
        #expect(held.use(.write, at: Self.moment(61_000), connection: 1) == .ask)
        #expect(held.use(.write, at: Self.moment(2_000), connection: 2) == .ask)
        #expect(held.use(.write, at: Self.moment(2_000), connection: nil) == .act)
        #expect(Self.held(.read).use(.write, at: Self.moment(2_000), connection: 1) == .askForMore)
        #expect(Self.held(.read).use(.write, at: Self.moment(12_000), connection: 1) == .ask)
    }

    @Test("An entry leaves the outbox only when the region has it")
    func delivery() {
        #expect(OutboxDelivery.renewed(.write) == .bringObjects)
        for access in [Lease.Access.read, nil] {
            guard case .keep = OutboxDelivery.renewed(access) else {
                Issue.record("access \(String(describing: access)) does not let anybody write")
                continue
            }
        }
        #expect(OutboxDelivery.answered(status: 201, reason: "") == .remove)
        #expect(OutboxDelivery.answered(status: 409, reason: "no") == .keep(problem: "no"))
        #expect(OutboxDelivery.answered(status: 503, reason: "") == .wait)
    }

    @Test("LEASE-7: a region lets an edge write until the lease to write ends")
    func given() {
        var given = GivenLeases()
        let (edge, project, now) = (Fixture.node(2), Fixture.id(1) as ProjectID, ContinuousClock.now)
        #expect(given.access(of: edge, to: project, now: now) == nil)
        given.note(.write, to: project, at: edge, seconds: 10, now: now)
        given.note(.read, to: project, at: edge, seconds: 20, now: now)
        #expect(given.access(of: edge, to: project, now: now + .seconds(9)) == .write)
        #expect(given.access(of: edge, to: project, now: now + .seconds(10)) == .read)
        #expect(given.access(of: edge, to: project, now: now + .seconds(20)) == nil)
    }

    @Test("A push goes on from its mark only in the same journal")
    func mark() {
        let mark = PushMark(
            source: Fixture.id(1), node: Fixture.node(1), target: Fixture.id(2), epoch: 7, nextOrdinal: 5)
        #expect(mark.begin(epoch: 7, nextOrdinal: 9) == 5)
        #expect(mark.begin(epoch: 8, nextOrdinal: 9) == nil)
        #expect(mark.begin(epoch: 7, nextOrdinal: 4) == nil)
    }
}
