/// Decides when to ask a silent peer and when to give it up (Spec §4.5). Pure: the caller passes the time.
///
/// Times are durations since a moment that the caller chose, on a clock that never goes back.
struct KeepAlive {
    /// How long a peer may be silent before it is asked.
    let idleMax: Duration
    /// How long a peer may be silent before it is given up.
    let silenceMax: Duration
    private var lastHeard: Duration
    private var nextPing: Duration
    private var nonce: UInt64 = 0

    init(idleMax: Duration, silenceMax: Duration, now: Duration) {
        precondition(idleMax < silenceMax, "a peer must be asked before it is given up")
        self.idleMax = idleMax
        self.silenceMax = silenceMax
        self.lastHeard = now
        self.nextPing = now + idleMax
    }

    enum OnTick: Equatable {
        case wait(until: Duration)
        case ping(nonce: UInt64, until: Duration)
        case lost
    }

    mutating func heard(now: Duration) {
        self.lastHeard = max(now, self.lastHeard)
        self.nextPing = self.lastHeard + self.idleMax
    }

    mutating func tick(now: Duration) -> OnTick {
        let deadline = self.lastHeard + self.silenceMax
        guard now < deadline else { return .lost }
        guard now >= self.nextPing else { return .wait(until: min(self.nextPing, deadline)) }
        self.nextPing = now + self.idleMax
        self.nonce += 1
        return .ping(nonce: self.nonce, until: min(self.nextPing, deadline))
    }
}
