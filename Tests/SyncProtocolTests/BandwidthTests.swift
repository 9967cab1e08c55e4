import SyncProtocol
import Testing

@Suite struct BandwidthTests {
    @Test("rules are read as people write them")
    func reads() throws {
        let rule = try #require(BandwidthSchedule.Rule("mon-fri 08:00-18:30 20Mbit"))
        #expect(rule.weekdays == [0, 1, 2, 3, 4])
        #expect((rule.startMinute, rule.endMinute) == (480, 1_110))
        #expect(rule.bytesPerSecond == 2_500_000)
        #expect(BandwidthSchedule.Rule("1.5Gbit")?.bytesPerSecond == 187_500_000)
        #expect(BandwidthSchedule.Rule("sat,sun 64kbit")?.weekdays == [5, 6])
        #expect(BandwidthSchedule.Rule("sat-mon 64kbit")?.weekdays == [5, 6, 0])
        #expect(BandwidthSchedule.Rule("22:00-24:00 1Mbit")?.endMinute == 1_440)
    }

    @Test(
        "anything else is no rule",
        arguments: [
            "", "20", "20MB", "-5Mbit", "0Mbit", "nanMbit", "mon", "mon-fri", "mun 5Mbit", "mon- 5Mbit", "08:00 5Mbit",
            "8:00-9:00 5Mbit", "08:00-08:00 5Mbit", "08:00-25:00 5Mbit", "08:60-09:00 5Mbit", "08:00-18:00 mon 5Mbit",
            "mon tue 5Mbit", "5Mbit mon",
        ])
    func refuses(_ text: String) {
        #expect(BandwidthSchedule.Rule(text) == nil)
    }

    @Test("the lowest limit that holds counts, also over midnight")
    func holds() throws {
        let schedule = BandwidthSchedule(
            rules: try ["100Mbit", "mon-fri 08:00-18:00 8Mbit", "fri 22:00-06:00 16Mbit"].map {
                try #require(BandwidthSchedule.Rule($0))
            })
        #expect(schedule.limit(weekday: 0, minute: 479) == 12_500_000)
        #expect(schedule.limit(weekday: 0, minute: 480) == 1_000_000)
        #expect(schedule.limit(weekday: 0, minute: 1_080) == 12_500_000)
        #expect(schedule.limit(weekday: 4, minute: 1_320) == 2_000_000)
        #expect(schedule.limit(weekday: 5, minute: 359) == 2_000_000)
        #expect(schedule.limit(weekday: 5, minute: 360) == 12_500_000)
        #expect(schedule.limit(weekday: 6, minute: 100) == 12_500_000)
        #expect(BandwidthSchedule().limit(weekday: 0, minute: 0) == nil)
    }

    @Test("bytes are spread at the rate; a pause saves up a tenth of a second at most")
    func bucket() {
        var bucket = TokenBucket()
        #expect(bucket.take(1_000_000, rate: 1_000_000, now: .seconds(10)) == .zero)
        #expect(bucket.take(1_000_000, rate: 1_000_000, now: .seconds(10)) == .milliseconds(900))
        #expect(bucket.take(1, rate: 1_000_000, now: .seconds(11)) == .milliseconds(900))
        #expect(bucket.take(1, rate: 1_000_000, now: .seconds(60)) == .zero)
        var sent = 0
        var now = Duration.seconds(100)
        while now < .seconds(110) {
            now += bucket.take(10_000, rate: 250_000, now: now)
            sent += 10_000
        }
        #expect((2_490_000...2_550_000).contains(sent))
    }
}
