/// Every number that bounds what mails hold or do.
enum Limits {
    // One message.

    /// RFC 5321, section 4.5.3.1: of a path, less its brackets.
    static let addressByteCountMax = 254
    static let localPartByteCountMax = 64
    /// Of one encoded line, without its end (RFC 2045).
    static let encodedLineByteCountMax = 76
    /// What fits into one encoded word (RFC 2047): 75 characters, less those around it, are 60 of base 64.
    static let encodedWordByteCountMax = 45
    /// What stands in a header as it is. Longer texts are encoded words, which can be folded anywhere.
    static let plainHeaderByteCountMax = 60

    // One attempt.

    static let connectTime = Duration.seconds(15)
    /// All of it: from the look-up of the name to the answer to the message.
    static let attemptTime = Duration.seconds(60)
    /// Of what the server answered, as it is kept.
    static let answerByteCountMax = 500

    // All of them.

    static let connectionCountMax = 4
}
