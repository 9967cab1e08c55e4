/// Finds the references in texts that were scanned in full when they first came in.
///
/// Looks for `"referencedId"` alone, sixteen bytes at a time. References in the two orders that serializers write are
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
                self.matches(":\"", in: text, at: index),
                self.matches("\"", in: text, at: found + idOffset + ObjectID.digitCount)
            else { return .needsScan }
            let end = found + idOffset + ObjectID.digitCount + 1
            let isTypeFirst = self.matches(self.typeBefore, in: text, at: found - self.typeBefore.utf8CodeUnitCount)
            let isTypeLast =
                self.matches("{", in: text, at: found - 1) && self.matches(self.typeAfter, in: text, at: end)
            guard isTypeLast || (isTypeFirst && self.matches("}", in: text, at: end)) else { return .needsScan }
            targets.append(id)
            index = end
        }
        return .done
    }

    /// Offset of the next `"referencedId"` at or after `start`.
    private static func nextKey(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let lastStart = text.count - self.key.utf8CodeUnitCount
        let first = SIMD16<UInt8>(repeating: UInt8(ascii: "\""))
        let second = SIMD16<UInt8>(repeating: UInt8(ascii: "r"))
        let late = SIMD16<UInt8>(repeating: UInt8(ascii: "d"))
        var index = start
        while index + 16 + 12 <= text.count {
            let hits =
                (text.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self) .== first)
                .& (text.loadUnaligned(fromByteOffset: index + 1, as: SIMD16<UInt8>.self) .== second)
                .& (text.loadUnaligned(fromByteOffset: index + 12, as: SIMD16<UInt8>.self) .== late)
            // Two words say faster than `any(_:)` that there is no hit.
            let words = unsafeBitCast(hits, to: SIMD2<UInt64>.self)
            if words[0] | words[1] != 0 {
                for lane in 0..<16 where hits[lane] && self.matches(self.key, in: text, at: index + lane) {
                    return index + lane
                }
            }
            index += 16
        }
        while index <= lastStart {
            if self.matches(self.key, in: text, at: index) { return index }
            index += 1
        }
        return nil
    }

    private static func matches(_ literal: StaticString, in text: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard offset >= 0, offset + literal.utf8CodeUnitCount <= text.count else { return false }
        for index in 0..<literal.utf8CodeUnitCount where text[offset + index] != literal.utf8Start[index] {
            return false
        }
        return true
    }
}
