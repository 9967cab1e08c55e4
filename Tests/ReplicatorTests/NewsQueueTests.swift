import ObjectModel
import StorageTestKit
import Testing

@testable import Replicator

/// What is to be brought from one region, and in which order.
@Suite struct NewsQueueTests {
    private let first: ProjectID = Fixture.id(1)
    private let second: ProjectID = Fixture.id(2)
    private let start = ContinuousClock.now

    @Test("People come first, and nothing is brought twice at a time")
    func order() async {
        let queue = NewsQueue()
        await queue.add([self.first, self.second, .server], isAll: true)
        #expect(await queue.next() == .server)
        #expect(await queue.next() == self.first)
        await queue.add([self.first], isAll: true)
        #expect(await queue.next() == self.second)
        #expect(await !queue.finished(self.second))
        #expect(await !queue.finished(.server))
        #expect(await !queue.finished(self.first), "it changed while it was brought")
        #expect(await queue.next() == self.first)
        #expect(await queue.finished(self.first))
    }

    @Test("What could not be brought waits, also when it changes, and not everything is here until it came")
    func failure() async {
        let queue = NewsQueue()
        await queue.add([self.first, self.second], isAll: true)
        #expect(await queue.next() == self.first)
        await queue.failed(self.first, at: self.start)
        await queue.add([self.first], isAll: true)
        await queue.retry(at: self.start)
        #expect(await queue.next() == self.second)
        #expect(await !queue.finished(self.second))
        await queue.retry(at: self.start + .seconds(1))
        #expect(await queue.next() == self.first)
        #expect(await queue.finished(self.first))
    }

    @Test("Each further failure makes the pause longer, and success makes it short again")
    func pauses() async {
        let queue = NewsQueue()
        await queue.add([self.first], isAll: true)
        for _ in 0..<6 {
            #expect(await queue.next() == self.first)
            await queue.failed(self.first, at: self.start)
            await queue.retry(at: self.start + .seconds(60))
        }
        #expect(await queue.next() == self.first)
        await queue.failed(self.first, at: self.start)
        await queue.retry(at: self.start + .seconds(10))
        await queue.add([self.second], isAll: true)
        #expect(await queue.next() == self.second, "the seventh pause is longer than ten seconds")
        await queue.retry(at: self.start + .seconds(60))
        #expect(await queue.next() == self.first)
        _ = await queue.finished(self.first)
        await queue.add([self.first], isAll: true)
        #expect(await queue.next() == self.first)
        await queue.failed(self.first, at: self.start)
        await queue.retry(at: self.start + .seconds(1))
        #expect(await queue.next() == self.first)
    }
}
