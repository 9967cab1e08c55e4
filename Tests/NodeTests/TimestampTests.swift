import ObjectModel
import Storage
import Testing

@Suite struct TimestampTests {
    @Test("every millisecond is shown as it is, and read back", arguments: [1_764_261_924_000, -3_000, 0])
    func exact(_ second: Int64) throws {
        for millisecond in 0..<1000 as Range<Int64> {
            let time = Timestamp(millisecondsSinceEpoch: second + millisecond)
            let digits = String(1000 + millisecond).dropFirst()
            #expect(time.iso8601.hasSuffix(".\(digits)Z"))
            #expect(Timestamp(iso8601: time.iso8601) == time)
        }
        #expect(Timestamp(millisecondsSinceEpoch: 1_764_261_924_806).iso8601 == "2025-11-27T16:45:24.806Z")
    }
}
