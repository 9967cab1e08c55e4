/// Finds the references in texts that were scanned in full when they first came in.
///
/// Looks for `"referencedId"` alone, 32 bytes at a time. References in the two orders that serializers write are
/// read in place; any other surrounding is left to ``ObjectScanner``.
public enum ReferenceFinder {
    public enum Outcome: Equatable, Sendable {
        case done
        /// The text has a reference in a form that only a full scan understands.
        case needsScan
    }

    private static let key: StaticString = "\"referencedId\""
    private static let typeAfter: StaticString = ",\"speckle_type\":\"reference\"}"
    private static let typeBefore: StaticString = "{\"speckle_type\":\"reference\","

    /// Appends the targets of all references in `text` to `targets`; the same target may come twice.
    public static func find(in text: UnsafeRawBufferPointer, into targets: inout [ObjectID]) -> Outcome {
        let idOffset = self.key.utf8CodeUnitCount + 2
        var index = 0
        while let found = self.nextKey(in: text, from: index) {
            index = found + self.key.utf8CodeUnitCount
            guard let id = ObjectID(hexIn: text, at: found + idOffset),
                text.holds(":\"", at: index),
                text.holds("\"", at: found + idOffset + ObjectID.digitCount)
            else { return .needsScan }
            let end = found + idOffset + ObjectID.digitCount + 1
            let isTypeFirst = text.holds(self.typeBefore, at: found - self.typeBefore.utf8CodeUnitCount)
            let isTypeLast =
                text.holds("{", at: found - 1) && text.holds(self.typeAfter, at: end)
            guard isTypeLast || (isTypeFirst && text.holds("}", at: end)) else { return .needsScan }
            targets.append(id)
            index = end
        }
        return .done
    }

    /// Offset of the next `"referencedId"` at or after `start`.
    private static func nextKey(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let first = SIMD32<UInt8>(repeating: UInt8(ascii: "\""))
        let second = SIMD32<UInt8>(repeating: UInt8(ascii: "r"))
        let end = text.count
        var index = start
        while index < end - 32 {
            let hits =
                (text.loadUnaligned(fromByteOffset: index, as: SIMD32<UInt8>.self) .== first)
                .& (text.loadUnaligned(fromByteOffset: index &+ 1, as: SIMD32<UInt8>.self) .== second)
            // Words say faster than `any(_:)` that there is no hit.
            let words = unsafeBitCast(hits, to: SIMD4<UInt64>.self)
            if words[0] | words[1] | words[2] | words[3] != 0 {
                for word in 0..<4 {
                    var lanes = UInt64(littleEndian: words[word])
                    while lanes != 0 {
                        let found = index + 8 * word + lanes.trailingZeroBitCount / 8
                        if text.holds(self.key, at: found) { return found }
                        lanes &= ~(0xFF << UInt64(lanes.trailingZeroBitCount))
                    }
                }
            }
            index &+= 32
        }
        while index <= end - self.key.utf8CodeUnitCount {
            if text.holds(self.key, at: index) { return index }
            index += 1
        }
        return nil
    }
}
