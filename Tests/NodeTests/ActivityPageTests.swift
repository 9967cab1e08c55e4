import ObjectModel
import Storage
import Testing

@testable import Node

@Suite struct ActivityPageTests {
    @Test("a position is a time with microseconds, which clients give back in their own words")
    func positions() {
        let entry = Activity(
            id: "", project: ProjectID(rawValue: "p"),
            position: Activity.position(Timestamp(millisecondsSinceEpoch: 1_764_261_924_806), 7), actor: nil,
            facts: ActivityFacts(action: "", resourceType: "", resourceID: ""))
        #expect(entry.cursor == "2025-11-27T16:45:24.806007Z")
        let same = [
            entry.cursor, "2025-11-27 16:45:24.806007+00:00", "2025-11-27T18:45:24.8060070+02:00",
            "2025-11-27T16:45:24.806007+0000",
        ]
        for text in same { #expect(Activity.position(iso8601: text) == entry.position, "\(text)") }
        #expect(Activity.position(iso8601: "2025-11-27T16:45:24Z") == 1_764_261_924_000_000)
        for text in ["", "soon", "2025-11-27", "2025-11-27T16:45:24", "2025-13-27T16:45:24Z", "2025-11-27T16:45:24.Z"] {
            #expect(Activity.position(iso8601: text) == nil, "\(text)")
        }
    }
}
