import GraphQL
import Storage
import StorageTestKit
import Synchronization
import Testing

@testable import Node

/// Who may do something how often, by a clock that the test moves.
@Suite struct RateLimiterTests {
    private final class Clock: Sendable {
        private let offset = Mutex(Duration.zero)
        private let start = ContinuousClock.now

        var now: ContinuousClock.Instant { self.start + self.offset.withLock { $0 } }
        func advance(by duration: Duration) { self.offset.withLock { $0 += duration } }
    }

    private let clock = Clock()

    private func limiter(entryCountMax: Int = 100) -> MemoryRateLimiter {
        MemoryRateLimiter(entryCountMax: entryCountMax) { [clock] in clock.now }
    }

    /// How often in a row the source may do that now.
    private func count(_ action: RateLimitedAction, by source: String, _ limiter: MemoryRateLimiter) async -> Int {
        var count = 0
        while (try? await limiter.take(1, of: action, by: source)) != nil { count += 1 }
        return count
    }

    @Test(
        "What exceeds a window is taken from the longer one, until that is used up",
        arguments: RateLimitedAction.allCases)
    func windows(_ action: RateLimitedAction) async throws {
        let (limiter, limit) = (self.limiter(), action.limit)
        #expect(await self.count(action, by: "a", limiter) == limit.regular.count + limit.burst.count)
        #expect(await self.count(action, by: "b", limiter) > 0, "another source has counters of its own")
        self.clock.advance(by: .seconds(limit.regular.seconds))
        #expect(await self.count(action, by: "a", limiter) == limit.regular.count)
        self.clock.advance(by: .seconds(limit.burst.seconds))
        #expect(await self.count(action, by: "a", limiter) == limit.regular.count + limit.burst.count)
    }

    @Test("A refusal says when the window ends, and counts nothing")
    func retryAfter() async throws {
        let limiter = self.limiter()
        _ = await self.count(.register, by: "a", limiter)
        self.clock.advance(by: .seconds(600))
        for _ in 0..<3 {
            await #expect(throws: RateLimitExceeded(retryAfter: .seconds(3_000))) {
                try await limiter.take(1, of: .register, by: "a")
            }
        }
        self.clock.advance(by: .seconds(3_000))
        #expect(try await limiter.take(6, of: .register, by: "a") == 0)
    }

    @Test("Sources beyond those that are told apart share a counter, until windows end")
    func bounded() async throws {
        let limiter = self.limiter(entryCountMax: 3)
        for source in ["a", "b", "c"] { _ = try await limiter.take(1, of: .signIn, by: source) }
        #expect(await self.count(.signIn, by: "d", limiter) == 14)
        #expect(await self.count(.signIn, by: "e", limiter) == 0)
        #expect(await self.count(.signIn, by: "a", limiter) == 13, "those before keep their own")
        self.clock.advance(by: .seconds(1_800))
        #expect(await self.count(.signIn, by: "e", limiter) == 14)
    }

    @Test("Projects that one person makes are counted, by the names of older clients too")
    func projects() async throws {
        let node = try TestNode(rateLimiter: self.limiter())
        let user = Fixture.user(1)
        try await node.store.write { try $0.put(user) }
        let names = [
            "mutation { projectMutations { create(input: {}) { id } } }", "mutation { streamCreate(stream: {}) }",
        ]
        for number in 0..<101 {
            #expect(await node.ask(names[number % 2], as: user).answer.errors.isEmpty)
        }
        for name in names {
            let codes = await node.ask(name, as: user).answer.errors.map { $0.extensions["code"] }
            #expect(codes == [.string("RATE_LIMIT_ERROR")])
        }
        #expect(await node.ask("{ activeUser { id } }", as: user).answer.errors.isEmpty)
    }

    @Test("A network of IPv6 counts as one client, an address of IPv4 as itself")
    func networks() {
        #expect(ClientNetwork("2001:db8:1:2::1").description == ClientNetwork("2001:db8:1:2:ffff::7").description)
        #expect(ClientNetwork("2001:db8:1:2::1").description != ClientNetwork("2001:db8:1:3::1").description)
        #expect(ClientNetwork("192.0.2.7").description == "192.0.2.7")
        #expect(ClientNetwork("nonsense").description == "nonsense")
    }
}
