import ObjectModel
import Testing

@testable import Webhooks

@Suite struct LanesTests {
    private func lane(_ id: String, project: String? = nil, host: String) -> Lanes.Lane {
        let webhook = Webhook.example(id, project: project ?? id, url: "https://\(host)/")
        return Lanes.Lane(DeliveryClaim([], to: webhook.endpoint, webhook: webhook))
    }

    @Test("A host has eight lanes; the ninth waits until one ends")
    func hosts() {
        var lanes = Lanes()
        let all = (0..<10).map { self.lane("\($0)", host: $0 % 2 == 0 ? "a.example" : "A.example") }
        let begun = all.map { lanes.begin($0) }
        #expect(begun == Array(repeating: true, count: 8) + [false, false])
        let another = self.lane("x", host: "b.example")
        let hasBegun = lanes.begin(another)
        #expect(hasBegun && lanes.endpoints == Set((all + [another]).map(\.endpoint)))
        lanes.end(all[3])
        // One has room again: the first of those that wait. Nothing is to be claimed for the other one.
        let busy = lanes.busy()
        #expect(busy == Set((all + [another]).map(\.endpoint)).subtracting([all[3].endpoint, all[8].endpoint]))
        let again = [all[8], all[3]].map { lanes.begin($0) }
        #expect(again == [true, false] && lanes.freeCount == 256 - 9)
    }

    @Test("A project has sixteen, and all together have 256")
    func projects() {
        var lanes = Lanes()
        let ofOne = (0..<17).map { lanes.begin(self.lane("p\($0)", project: "p", host: "p\($0).example")) }
        #expect(ofOne == Array(repeating: true, count: 16) + [false])
        let others = (0..<241).map { lanes.begin(self.lane("\($0)", host: "h\($0).example")) }
        #expect(others == Array(repeating: true, count: 240) + [false] && lanes.freeCount == 0)
    }

    @Test("Addresses without a host share one, and a webhook that is gone has that of its end")
    func withoutHost() {
        #expect(self.lane("1", host: "").host == "")
        let webhook = Webhook.example()
        var last = webhook.delivery("1")
        last.event.webhook = webhook
        #expect(Lanes.Lane(DeliveryClaim([last], to: webhook.endpoint, webhook: nil)).host == "receiver.example")
        #expect(Lanes.Lane(DeliveryClaim([webhook.delivery("2")], to: webhook.endpoint, webhook: nil)).host == "")
    }

    @Test("When all have ended, nothing is left")
    func end() {
        var lanes = Lanes()
        for _ in 0..<3 {
            let all = (0..<8).map { self.lane("\($0)", project: "p", host: "a.example") }
            let begun = all.map { lanes.begin($0) }
            for lane in all { lanes.end(lane) }
            let busy = lanes.busy()
            #expect(begun.allSatisfy { $0 } && lanes.isEmpty && busy.isEmpty && lanes.freeCount == 256)
        }
    }
}
