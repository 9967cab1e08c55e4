import Testing

@testable import Webhooks

@Suite struct WakeupTests {
    @Test("A signal before the wait is not lost, and many are one")
    func early() async {
        let wakeup = Wakeup()
        for _ in 0..<3 { wakeup.signal() }
        await wakeup.wait()
        let second: Void? = await within(.milliseconds(20)) { await wakeup.wait() }
        #expect(second == nil)
        // Whoever gave up waiting takes no signal away.
        wakeup.signal()
        await wakeup.wait()
    }

    @Test("A signal ends a wait, and so does its time")
    func late() async {
        let wakeup = Wakeup()
        async let waiting: Void = wakeup.wait(atMost: .seconds(600))
        wakeup.signal()
        await waiting
        await wakeup.wait(atMost: .milliseconds(1))
    }

    @Test("Signals from everywhere wake one that waits again and again")
    func many() async {
        let wakeup = Wakeup()
        await withTaskGroup { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<1000 { wakeup.signal() } } }
            group.addTask { for _ in 0..<100 { await wakeup.wait(atMost: .milliseconds(1)) } }
        }
        wakeup.signal()
        await wakeup.wait()
    }
}
