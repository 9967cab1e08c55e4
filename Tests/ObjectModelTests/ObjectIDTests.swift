import ObjectModel
import Testing

@Suite struct ObjectIDTests {
    private func read(_ digits: [UInt8], at offset: Int = 0) -> ObjectID? {
        digits.withUnsafeBytes { ObjectID(hexIn: $0, at: offset) }
    }

    @Test("ID-1: 32 digits are read at any place, and written out as they were")
    func reads() {
        let digits = Array("0123456789abcdeffedcba9876543210".utf8)
        for padding in 0..<20 {
            let id = self.read(Array(repeating: 0x61, count: padding) + digits, at: padding)
            #expect(id.map { Array($0.hex.utf8) } == digits, "padding \(padding)")
        }
        #expect(self.read(digits, at: 1) == nil)
        #expect(self.read(digits, at: -1) == nil)
    }

    @Test("ID-2: at every place each byte is a digit or makes the text no id")
    func everyByte() {
        let zeros = Array(repeating: UInt8(ascii: "0"), count: ObjectID.digitCount)
        for index in zeros.indices {
            for byte in UInt8.min ... .max {
                var digits = zeros
                digits[index] = byte
                let character = Character(Unicode.Scalar(byte))
                let isDigit = "0123456789abcdef".contains(character)
                let expected: [UInt8]? = isDigit ? digits : nil
                #expect(self.read(digits).map { Array($0.hex.utf8) } == expected, "byte \(byte) at \(index)")
            }
        }
    }
}
