/// What is taken for an e-mail address.
enum EmailAddress {
    private static let byteCountMax = 320

    /// Lower-cased; `nil` when it is none.
    static func canonical(_ text: String) -> String? {
        let email = text.lowercased()
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !email.contains(where: \.isWhitespace),
            email.utf8.count <= self.byteCountMax
        else { return nil }
        return email
    }
}
