/// How hard a password is to guess: an estimate from what it is made of.
struct PasswordStrength: Equatable, Sendable {
    /// 0 (at once) to 4 (not in years, by whoever has the hashes).
    var score: Int
    var warning: String?
    var suggestions: [String]

    /// Guesses that each score takes at least, as powers of ten.
    private static let thresholds: [Double] = [3, 6, 8, 10]
    /// Only so much is looked at: more makes no password worse.
    private static let characterCountMax = 128

    init(of password: String) {
        let characters = Array(password.prefix(Self.characterCountMax).lowercased())
        let pieces = Self.pieces(of: characters)
        let magnitude = pieces.reduce(0) { $0 + $1.magnitude } + Self.caseMagnitude(of: password)
        self.score = Self.thresholds.filter { magnitude >= $0 }.count
        let weakest = pieces.filter { $0.kind != .random }.max { $0.length < $1.length }?.kind
        (self.warning, self.suggestions) = (nil, [])
        guard self.score < 3 else { return }
        self.warning = weakest?.warning
        self.suggestions = [
            "Use several words that do not belong together; a longer one is better than a stranger one."
        ]
        if weakest == .word { self.suggestions.append("Names and common words are tried first.") }
    }

    // MARK: Pieces

    private enum Kind {
        case word, sequence, keyboard, repetition, year, random

        var warning: String? {
            switch self {
            case .word: "This is, or contains, a common password or word."
            case .sequence: "Sequences like abc or 6543 are easy to guess."
            case .keyboard: "Rows of keys are easy to guess."
            case .repetition: "Repetitions like aaa or abcabc are easy to guess."
            case .year: "Years are easy to guess."
            case .random: nil
            }
        }
    }

    private struct Piece {
        var kind: Kind
        var length: Int
        /// Guesses, as a power of ten.
        var magnitude: Double
    }

    /// What a guesser would take the password apart into, the longest known piece first at each place.
    private static func pieces(of characters: [Character]) -> [Piece] {
        var (pieces, place): ([Piece], Int) = ([], 0)
        while place < characters.count {
            let rest = characters[place...]
            let found = [
                self.word(rest), self.sequence(rest), self.keyboard(rest), self.repetition(rest), self.year(rest),
            ].compactMap(\.self).max { $0.length < $1.length }
            let piece = found ?? Piece(kind: .random, length: 1, magnitude: self.magnitude(of: characters[place]))
            pieces.append(piece)
            place += piece.length
        }
        return pieces
    }

    private static func magnitude(of character: Character) -> Double {
        switch character {
        case "0"..."9": 1
        case "a"..."z": 1.2
        default: 1.5
        }
    }

    /// Capitals that are not just the first letter add a little.
    private static func caseMagnitude(of password: String) -> Double {
        let capitals = password.prefix(self.characterCountMax).dropFirst().filter(\.isUppercase).count
        return min(3, Double(capitals) * 0.3)
    }

    private static func word(_ rest: ArraySlice<Character>) -> Piece? {
        let plain = rest.prefix(self.wordLengthMax).map { self.disguises[$0] ?? $0 }
        for length in stride(from: plain.count, through: 4, by: -1)
        where self.words.contains(String(plain.prefix(length))) {
            return Piece(kind: .word, length: length, magnitude: 2.3)
        }
        return nil
    }

    private static func sequence(_ rest: ArraySlice<Character>) -> Piece? {
        let codes = rest.compactMap { $0.unicodeScalars.first.map { Int($0.value) } }
        guard codes.count >= 3, abs(codes[1] - codes[0]) == 1 else { return nil }
        let step = codes[1] - codes[0]
        var length = 2
        while length < codes.count, codes[length] - codes[length - 1] == step { length += 1 }
        return length < 3 ? nil : Piece(kind: .sequence, length: length, magnitude: 1.5)
    }

    private static func keyboard(_ rest: ArraySlice<Character>) -> Piece? {
        let text = String(rest.prefix(10))
        for length in stride(from: text.count, through: 4, by: -1) {
            let part = String(text.prefix(length))
            if self.rows.contains(where: { $0.contains(part) || String($0.reversed()).contains(part) }) {
                return Piece(kind: .keyboard, length: length, magnitude: 2)
            }
        }
        return nil
    }

    /// A unit of up to eight characters, once more and more.
    private static func repetition(_ rest: ArraySlice<Character>) -> Piece? {
        let characters = Array(rest)
        var longest: Piece?
        for unit in 1...8 where unit * 2 <= characters.count {
            var length = unit
            while length < characters.count, characters[length] == characters[length - unit] { length += 1 }
            guard length >= max(3, unit * 2), length > longest?.length ?? 0 else { continue }
            let magnitude = characters.prefix(unit).reduce(0) { $0 + self.magnitude(of: $1) } + 0.5
            longest = Piece(kind: .repetition, length: length, magnitude: magnitude)
        }
        return longest
    }

    private static func year(_ rest: ArraySlice<Character>) -> Piece? {
        guard let year = Int(String(rest.prefix(4))), (1900...2099).contains(year) else { return nil }
        return Piece(kind: .year, length: 4, magnitude: 1.8)
    }

    private static let rows = [
        "1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm",
    ]

    private static let disguises: [Character: Character] = [
        "0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i",
    ]

    private static let wordLengthMax = 12

    /// What guessers try first, and what people on such a server think of.
    private static let words: Set<String> = [
        "password", "passwort", "passwd", "letmein", "welcome", "login", "admin", "administrator", "master", "monkey",
        "dragon", "football", "baseball", "basketball", "soccer", "hockey", "superman", "batman", "starwars", "pokemon",
        "princess", "sunshine", "shadow", "iloveyou", "love", "trustno", "freedom", "whatever", "computer", "internet",
        "secret", "hello", "hallo", "summer", "winter", "spring", "autumn", "flower", "cookie", "cheese", "chocolate",
        "charlie", "michael", "daniel", "jessica", "ashley", "thomas", "robert", "jordan", "andrew", "george", "maria",
        "anna", "peter", "hunter", "ranger", "buster", "ginger", "pepper", "killer", "matrix", "mustang", "ferrari",
        "porsche", "mercedes", "google", "facebook", "speckle", "tiebeam", "revit", "rhino", "autocad", "archicad",
        "building", "architect", "engineer", "project", "model", "house", "office", "company", "test", "demo", "user",
        "guest", "changeme", "default", "access", "system", "server", "monday", "friday", "january", "december",
        "london",
        "paris", "berlin", "correct", "horse", "battery", "staple",
    ]
}
