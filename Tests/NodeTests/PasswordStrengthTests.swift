import Testing

@testable import Node

@Suite struct PasswordStrengthTests {
    @Test(
        "what guessers try first is weak, whatever its length",
        arguments: [
            "", "a", "password", "P@ssw0rd", "12345678", "87654321", "qwertyuiop", "aaaaaaaaaaaaaaaa", "abcabcabcabc",
            "letmein1",
            "monkey2024", "abcdefghijkl",
        ])
    func weak(_ password: String) {
        let strength = PasswordStrength(of: password)
        #expect(strength.score <= 1, "\(password)")
        #expect(!strength.suggestions.isEmpty)
    }

    @Test("what nobody guesses is strong", arguments: ["f7#kQz!p0vLx", "blau gurke teppich 7 zug", "9c1e0bd4a77f2e63"])
    func strong(_ password: String) {
        #expect(PasswordStrength(of: password) == PasswordStrength(of: password))
        #expect(PasswordStrength(of: password).score == 4, "\(password)")
        #expect(PasswordStrength(of: password).warning == nil)
    }

    @Test("more of the same kind is never weaker")
    func growing() {
        var (text, before) = ("", 0)
        for character in "xk7vq2mz9rtw" {
            text.append(character)
            let score = PasswordStrength(of: text).score
            #expect(score >= before, "\(text)")
            before = score
        }
        #expect(before == 4)
    }

    @Test("why a password is weak is said, and a long one costs no time")
    func feedback() {
        #expect(PasswordStrength(of: "password").warning?.contains("common") == true)
        #expect(PasswordStrength(of: "aaaaaaa").warning?.contains("Repetitions") == true)
        #expect(PasswordStrength(of: "234567").warning?.contains("Sequences") == true)
        let long = String(repeating: "correct horse ", count: 100_000)
        #expect((0...4).contains(PasswordStrength(of: long).score))
    }
}
