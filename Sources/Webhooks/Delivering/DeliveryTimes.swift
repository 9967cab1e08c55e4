/// How long whoever sends deliveries waits for what.
struct DeliveryTimes: Sendable {
    /// Whoever claimed something and is not heard of for so long is taken for dead. Longer than ``sparing`` and the longest attempt.
    var lease = Duration.seconds(60)
    /// No attempt begins when less than this is left of the lease: an attempt must end, and be written down, before.
    var sparing = Limits.attemptTime + .seconds(5)
    /// Outcomes that come within it are written together.
    var gathering = Duration.milliseconds(50)
    /// Between two looks at the queue, if nobody says that there is something: other programs may add to it.
    var lookPause = Duration.seconds(30)
    /// The shortest pause after a look that found nothing, if nobody says that there is something.
    var emptyPause = Duration.milliseconds(250)
    /// After an error of the queue.
    var errorPause = Duration.seconds(2)
    /// How long attempts may go on when the program is to stop, and how long outcomes may take after that.
    var stopping = Duration.seconds(2)
    var settling = Duration.milliseconds(500)
    /// Finished deliveries are kept so long.
    var retention = Duration.seconds(30 * 86_400)
    var purgePause = Duration.seconds(3600)
    /// Between two steps of a purge.
    var purgeStepPause = Duration.milliseconds(200)
}
