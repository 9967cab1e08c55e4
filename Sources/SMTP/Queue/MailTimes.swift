/// How long whoever sends mails waits for what.
public struct MailTimes: Sendable {
    /// Between two looks at what waits, if nobody says that there is something.
    public var lookPause = Duration.seconds(5)
    /// After an error of the queue.
    public var errorPause = Duration.seconds(2)
    /// How long attempts may go on when the program is to stop.
    public var stopping = Duration.milliseconds(500)
    /// Between two looks at whether they have ended.
    public var endPause = Duration.milliseconds(50)

    public init() {}
}
