import Logging
import NIOHTTP1
import NIOSSL
import ObjectModel
import ServiceLifecycle
import Synchronization
import Testing

@testable import Webhooks

@Suite struct DeliveryServiceTests {
    /// A service over a queue in memory, with a clock that stands still.
    private struct World: Sendable {
        let queue = MemoryDeliveryQueue()
        let clock = ManualClock()
        let sender: ScriptedSender
        let service: DeliveryService

        init(
            times: DeliveryTimes = DeliveryServiceTests.quick,
            _ answer: @escaping @Sendable (ScriptedSender.Sent) async -> Attempt = { _ in DeliveryServiceTests.ok }
        ) {
            self.sender = ScriptedSender(answer)
            let clock = self.clock
            self.service = DeliveryService(
                queue: self.queue, sender: self.sender, body: { ScriptedSender.body($0, $1) },
                logger: Logger(label: "test"),
                clock: { clock.now }, jitter: { 0.5 }, times: times)
        }

        /// Runs the service while `operation` does, and then ends it at once: it dies.
        func whileRunning(_ operation: () async throws -> Void) async throws {
            let service = self.service
            let running = Task { try await service.run() }
            do {
                try await operation()
            } catch {
                running.cancel()
                throw error
            }
            running.cancel()
            try await running.value
        }

        func add(_ webhook: Webhook, _ ids: [String]) async {
            await self.queue.put(webhook)
            await self.queue.add(ids.map { webhook.delivery($0) })
            self.service.deliveriesAdded()
        }

        func pass(_ duration: Duration) {
            self.clock.advance(by: duration)
            self.service.deliveriesAdded()
        }

        func isDelivered(_ count: Int) async -> Bool {
            await eventually { await self.queue.count(.delivered) == count }
        }
    }

    private static let ok = Attempt.answered(status: 200, retryAfter: nil)
    private static let busy = Attempt.answered(status: 503, retryAfter: nil)

    /// Nothing here waits for real time, apart from what is written together.
    private static var quick: DeliveryTimes {
        var times = DeliveryTimes()
        times.gathering = .milliseconds(5)
        times.errorPause = .milliseconds(5)
        return times
    }

    private static func ids(_ count: Int, _ prefix: String = "") -> [String] { (0..<count).map { "\(prefix)\($0)" } }

    /// Does not answer until it is opened.
    private final class Gate: Sendable {
        private let isOpen = Mutex(false)

        func open() { self.isOpen.withLock { $0 = true } }

        /// Whether it was opened, rather than given up.
        func wait() async -> Bool {
            while !self.isOpen.withLock({ $0 }) {
                do { try await Task.sleep(for: .milliseconds(2)) } catch { return false }
            }
            return true
        }
    }

    // MARK: Order

    @Test("Deliveries of a webhook go out one by one, in order")
    func order() async throws {
        let world = World()
        await world.add(.example(), Self.ids(50))
        try await world.whileRunning { #expect(await world.isDelivered(50)) }
        #expect(world.sender.sent.map(\.id) == Self.ids(50))
        #expect(world.sender.mostRunning("receiver.example") == 1)
        #expect(world.sender.openCount == 0)
        let delivery = try #require(await world.queue.delivery("49"))
        #expect(delivery.attemptCount == 1 && delivery.statusInfo == "Delivered" && delivery.leaseEnd == nil)
    }

    @Test("A receiver in trouble holds up its own lane, until it answers")
    func trouble() async throws {
        let answers = Mutex([Self.busy, .unreachable(.noAnswer)])
        let world = World { sent in
            guard sent.id == "1" else { return Self.ok }
            return answers.withLock { $0.isEmpty ? Self.ok : $0.removeFirst() }
        }
        let other = Webhook.example("other", url: "https://other.example/")
        try await world.whileRunning {
            await world.add(.example(), Self.ids(4))
            #expect(await eventually { await world.queue.delivery("1")?.attemptCount == 1 })
            await world.add(other, Self.ids(3, "x"))
            #expect(await world.isDelivered(4))
            #expect(world.sender.ids(to: Webhook.example().url) == ["0", "1"])
            world.pass(.seconds(5))
            #expect(await eventually { await world.queue.delivery("1")?.attemptCount == 2 })
            world.pass(.seconds(30))
            #expect(await world.isDelivered(7))
        }
        #expect(world.sender.ids(to: Webhook.example().url) == ["0", "1", "1", "1", "2", "3"])
        let info = try #require(await world.queue.delivery("1"))
        #expect(info.attemptCount == 3 && !info.isAside)
    }

    @Test("What a receiver refuses goes aside: those behind it go on, and it is tried again by itself")
    func aside() async throws {
        let refused = Mutex(3)
        let world = World { sent in
            guard sent.id == "1" else { return Self.ok }
            return refused.withLock { count in
                count -= 1
                return count >= 0 ? .answered(status: 400, retryAfter: nil) : Self.ok
            }
        }
        await world.add(.example(), Self.ids(4))
        try await world.whileRunning {
            #expect(await world.isDelivered(3))
            #expect(world.sender.sent.map(\.id) == ["0", "1", "2", "3"])
            #expect(await eventually { await world.queue.delivery("1")?.isAside == true })
            world.pass(.seconds(5))
            #expect(await eventually { await world.queue.delivery("1")?.attemptCount == 2 })
            world.pass(.seconds(30))
            #expect(await eventually { await world.queue.delivery("1")?.attemptCount == 3 })
            await world.add(.example(), ["4"])
            #expect(await world.isDelivered(4))
            world.pass(.seconds(120))
            #expect(await world.isDelivered(5))
        }
    }

    @Test("A receiver says when it wants to be asked again")
    func retryAfter() async throws {
        let isFirst = Mutex(true)
        let world = World { _ in
            isFirst.withLock { first in
                defer { first = false }
                return first ? .answered(status: 429, retryAfter: "600") : Self.ok
            }
        }
        await world.add(.example(), ["0"])
        try await world.whileRunning {
            #expect(await eventually { await world.queue.delivery("0")?.attemptCount == 1 })
            #expect(await world.queue.delivery("0")?.nextAttemptAt == .start + .seconds(600))
            world.pass(.seconds(600))
            #expect(await world.isDelivered(1))
        }
    }

    @Test("After a day it has failed, and the next one has its turn")
    func failure() async throws {
        let world = World { sent in sent.id == "0" ? Self.busy : Self.ok }
        await world.add(.example(), Self.ids(2))
        try await world.whileRunning {
            for attempt in 1...11 {
                #expect(await eventually { await world.queue.delivery("0")?.attemptCount == attempt })
                #expect(await eventually { await world.queue.delivery("0")?.status != .sending })
                if attempt < 11 { #expect(await world.queue.count(.delivered) == 0) }
                world.pass(.seconds(28_800))
            }
            #expect(await world.isDelivered(1))
        }
        #expect(await world.queue.delivery("0")?.status == .failed)
        #expect(await world.queue.delivery("0")?.statusInfo == "The receiver answered with status 503")
    }

    // MARK: Webhooks

    @Test("A webhook that is gone or off is told nothing, but for its own end")
    func gone() async throws {
        let world = World()
        let gone = Webhook.example("gone", url: "https://gone.example/")
        var last = gone.delivery("last")
        last.event.webhook = gone
        await world.add(gone, ["0", "1"])
        await world.queue.add([last])
        await world.queue.remove(gone.endpoint)
        await world.add(.example("off", url: "https://off.example/", isEnabled: false), ["x"])
        try await world.whileRunning {
            #expect(await world.isDelivered(1))
            #expect(await eventually { await world.queue.count(.failed) == 3 })
        }
        #expect(world.sender.sent.map(\.id) == ["last"])
        #expect(await world.queue.delivery("0")?.statusInfo == "The webhook is gone")
        #expect(await world.queue.delivery("x")?.statusInfo == "The webhook is switched off")
        #expect(await world.queue.delivery("x")?.attemptCount == 0)
    }

    @Test("Each attempt is signed with the secrets of its own time")
    func secrets() async throws {
        let world = World { _ in Self.busy }
        var webhook = Webhook.example()
        await world.add(webhook, ["0"])
        try await world.whileRunning {
            #expect(await eventually { await world.queue.delivery("0")?.attemptCount == 1 })
            webhook.secret = WebhookSecret("new", former: "secret", formerUntil: .start + .seconds(30))
            await world.queue.put(webhook)
            world.pass(.seconds(5))
            #expect(await eventually { await world.queue.delivery("0")?.attemptCount == 2 })
            world.pass(.seconds(30))
            #expect(await eventually { await world.queue.delivery("0")?.attemptCount == 3 })
        }
        let signed = world.sender.sent.map { $0.signatures }
        let body = Array("0".utf8)
        let id = WebhookDeliveryID(rawValue: "0")
        func headers(_ secret: WebhookSecret, _ seconds: Int64) -> [DeliverySignature.Header] {
            DeliverySignature.headers(of: body, id: id, secret: secret, at: .start + .seconds(seconds))
        }
        #expect(signed.count == 3)
        #expect(signed.first == headers(WebhookSecret("secret"), 0))
        #expect(signed.dropFirst().first == headers(webhook.secret, 5))
        #expect(signed.last == headers(WebhookSecret("new"), 35))
    }

    // MARK: Isolation

    @Test("2000 deliveries to 50 webhooks, of which 5 hang: all others are delivered while those hang")
    func isolation() async throws {
        let gate = Gate()
        let world = World { sent in
            guard sent.url.hasPrefix("https://slow") else { return Self.ok }
            return await gate.wait() ? Self.ok : .unreachable(.noAnswer)
        }
        var added: [WebhookDelivery] = []
        for index in 0..<50 {
            let host = index % 10 == 0 ? "slow\(index).example" : "fast\(index).example"
            let webhook = Webhook.example("\(index)", project: "p\(index % 7)", url: "https://\(host)/")
            await world.queue.put(webhook)
            added += (0..<40).map { webhook.delivery("\(index)-\($0)") }
        }
        // Those of one webhook are apart from each other, as they are when things happen in many projects.
        let order = (0..<40).flatMap { number in (0..<50).map { $0 * 40 + number } }
        await world.queue.add(order.map { added[$0] })
        try await world.whileRunning {
            #expect(await world.isDelivered(45 * 40))
            #expect(world.sender.sent.count { $0.url.hasPrefix("https://slow") } == 5)
            gate.open()
            #expect(await world.isDelivered(2000))
        }
        for index in 0..<50 {
            let url = "https://\(index % 10 == 0 ? "slow" : "fast")\(index).example/"
            #expect(world.sender.ids(to: url) == (0..<40).map { "\(index)-\($0)" })
        }
        // Three rounds of up to 16 for each; far fewer transactions than deliveries.
        #expect(await world.queue.settleCount < 1000)
    }

    @Test("A host that hangs keeps eight lanes, and a project sixteen; others go on")
    func lanes() async throws {
        let gate = Gate()
        let world = World { sent in
            guard sent.url.contains("slow") else { return Self.ok }
            return await gate.wait() ? Self.ok : .unreachable(.noAnswer)
        }
        for index in 0..<40 {
            await world.add(
                .example("h\(index)", project: "h\(index)", url: "https://slow.example/\(index)"), ["h\(index)"])
        }
        for index in 0..<40 {
            await world.add(.example("p\(index)", project: "one", url: "https://slow\(index).example/"), ["p\(index)"])
        }
        for index in 0..<20 {
            await world.add(
                .example("f\(index)", project: "f\(index)", url: "https://fast.example/\(index)"), ["f\(index)"])
        }
        try await world.whileRunning {
            #expect(await world.isDelivered(20))
            #expect(await eventually { world.sender.sent.count { $0.url.contains("slow") } == 24 })
            #expect(world.sender.runningCount("slow.example") == 8)
            gate.open()
            #expect(await world.isDelivered(100))
        }
        #expect(world.sender.mostRunning("slow.example") == 8)
        #expect(world.sender.mostRunning("fast.example") <= 8)
    }

    // MARK: Leases

    @Test("What somebody died with goes out again when its lease is over, under the same id")
    func crash() async throws {
        let gate = Gate()
        let first = World { sent in
            guard sent.id == "1" else { return Self.ok }
            _ = await gate.wait()
            return .unreachable(.noAnswer)
        }
        await first.add(.example(), Self.ids(3))
        var died: [WebhookDelivery] = []
        try await first.whileRunning {
            #expect(await first.isDelivered(1))
            #expect(await eventually { first.sender.sent.count == 2 })
            died = await first.queue.deliveries
        }
        // As the rows were at that moment.
        #expect(died.map(\.status) == [.delivered, .sending, .sending])
        let second = World()
        await second.queue.put(.example())
        await second.queue.add(died)
        try await second.whileRunning {
            #expect(await eventually { await second.queue.claimCount >= 1 })
            #expect(second.sender.sent.isEmpty)
            second.pass(.seconds(60))
            #expect(await second.isDelivered(3))
        }
        #expect(second.sender.sent.map(\.id) == ["1", "2"])
        #expect(await second.queue.delivery("1")?.attemptCount == 1)
    }

    @Test("A run that would outlast its lease gives the rest back")
    func longRun() async throws {
        let clock = Mutex<ManualClock?>(nil)
        let world = World { _ in
            clock.withLock { $0?.advance(by: .seconds(10)) }
            return Self.ok
        }
        clock.withLock { $0 = world.clock }
        await world.add(.example(), Self.ids(12))
        try await world.whileRunning { #expect(await world.isDelivered(12)) }
        #expect(world.sender.sent.map(\.id) == Self.ids(12))
        // Attempts begin at 0, 10, 20, 30 and 40 s of a lease of 60 s: five for each claim.
        #expect(await world.queue.deliveries.allSatisfy { $0.attemptCount == 1 })
        #expect(await world.queue.claimCount >= 3)
    }

    @Test("An outcome counts only under its lease")
    func lateOutcome() async throws {
        let gate = Gate()
        let world = World { _ in
            _ = await gate.wait()
            return Self.ok
        }
        await world.add(.example(), ["0"])
        try await world.whileRunning {
            #expect(await eventually { world.sender.sent.count == 1 })
            // Somebody else has it by now.
            var taken = try #require(await world.queue.delivery("0"))
            taken.leaseEnd = .start + .seconds(120)
            await world.queue.put(taken)
            gate.open()
            #expect(await eventually { await world.queue.settleCount == 1 })
            #expect(await world.queue.delivery("0") == taken)
        }
    }

    // MARK: Errors and stopping

    @Test("A queue that fails for a while loses nothing and sends nothing twice")
    func errors() async throws {
        let world = World()
        await world.queue.fail(3)
        await world.add(.example(), Self.ids(20))
        try await world.whileRunning {
            #expect(await eventually { world.sender.sent.count >= 5 })
            await world.queue.fail(10)
            #expect(await world.isDelivered(20))
        }
        #expect(world.sender.sent.map(\.id) == Self.ids(20))
    }

    @Test("A graceful end lets attempts end, writes them down and gives the rest back")
    func stop() async throws {
        let gate = Gate()
        let world = World { _ in await gate.wait() ? Self.ok : .unreachable(.noAnswer) }
        await world.add(.example(), Self.ids(3))
        let (group, running) = self.group(world)
        #expect(await eventually { world.sender.sent.count == 1 })
        await group.triggerGracefulShutdown()
        #expect(await eventually { world.service.isOver })
        gate.open()
        try await running.value
        #expect(await world.queue.deliveries.map(\.status) == [.delivered, .pending, .pending])
        #expect(await world.queue.deliveries.allSatisfy { $0.leaseEnd == nil })
        #expect(world.sender.sent.count == 1 && world.sender.openCount == 0)
    }

    @Test("An attempt that does not end is given up when the program ends, and counts for nothing")
    func stopWhileHanging() async throws {
        var times = Self.quick
        times.stopping = .milliseconds(50)
        let world = World(times: times) { _ in
            try? await Task.sleep(for: .seconds(600))
            return .unreachable(.noAnswer)
        }
        await world.add(.example(), Self.ids(3))
        let (group, running) = self.group(world)
        #expect(await eventually { world.sender.sent.count == 1 })
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(await world.queue.deliveries.allSatisfy { $0.status == .pending && $0.attemptCount == 0 })
        #expect(await world.queue.deliveries.allSatisfy { $0.leaseEnd == nil })
    }

    @Test("A queue that fails to the end does not keep the program")
    func stopWithoutQueue() async throws {
        var times = Self.quick
        (times.stopping, times.settling) = (.milliseconds(50), .milliseconds(50))
        let world = World(times: times)
        let (group, running) = self.group(world)
        await world.add(.example(), ["0"])
        #expect(await world.isDelivered(1))
        await world.queue.fail(.max)
        await world.add(.example(), ["1"])
        await group.triggerGracefulShutdown()
        try await running.value
    }

    private func group(_ world: World) -> (ServiceGroup, Task<Void, any Error>) {
        let group = ServiceGroup(services: [world.service], logger: Logger(label: "test"))
        return (group, Task { try await group.run() })
    }

    @Test("What was finished a month ago is deleted, in steps")
    func purge() async throws {
        var times = Self.quick
        times.purgeStepPause = .milliseconds(1)
        let world = World(times: times)
        let webhook = Webhook.example()
        var old = (0..<1200).map { webhook.delivery("o\($0)") }
        for index in old.indices { old[index].status = index % 2 == 0 ? .delivered : .failed }
        await world.queue.add(old)
        world.clock.advance(by: .seconds(30 * 86_400) + .milliseconds(1))
        var new = webhook.delivery("new", at: world.clock.now)
        new.status = .delivered
        await world.queue.add([new])
        try await world.whileRunning { #expect(await eventually { await world.queue.deliveries.count == 1 }) }
        #expect(await world.queue.purges.count >= 3)
        #expect(await world.queue.purges.allSatisfy { $0 == .start + .milliseconds(1) })
    }

    @Test("Over real connections: one receiver hangs, another one gets all of its own, signed, in order")
    func connections() async throws {
        let queue = MemoryDeliveryQueue()
        let client = EndpointClient(
            policy: try AddressPolicy(allowing: ["127.0.0.1"]), resolver: SystemResolver(), version: "1",
            tls: .makeClientConfiguration(), times: .init(attempt: .seconds(120), connect: .seconds(120)))
        try await TestReceiver.with(answer: { $0.uri == "/slow" ? .bytes("") : .status(200) }) { receiver in
            let address = "http://127.0.0.1:\(receiver.port)"
            for (id, path) in [("slow", "slow"), ("fast", "fast")] {
                let webhook = Webhook.example(id, url: "\(address)/\(path)")
                await queue.put(webhook)
                await queue.add(Self.ids(20, id).map { webhook.delivery($0) })
            }
            let service = DeliveryService(
                queue: queue, sender: client, body: { ScriptedSender.body($0, $1) }, logger: Logger(label: "test"),
                clock: { .start }, jitter: { 0.5 }, times: Self.quick)
            let running = Task { try await service.run() }
            #expect(await eventually { await queue.count(.delivered) == 20 })
            running.cancel()
            try await running.value
            let received = receiver.received.filter { $0.uri == "/fast" }
            #expect(received.map(\.body) == Self.ids(20, "fast"))
            let expected = DeliverySignature.headers(
                of: Array("fast0".utf8), id: WebhookDeliveryID(rawValue: "fast0"), secret: WebhookSecret("secret"),
                at: .start)
            for header in expected { #expect(received.first?.headers[header.name] == [header.value]) }
        }
    }
}
