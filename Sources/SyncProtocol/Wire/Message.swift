/// Any message, by the type of its frame (Spec §8). DATA is not among them: its payload is a byte stream.
public enum Message: Equatable, Sendable {
    case hello(HelloMessage)
    case auth(AuthMessage)
    case ping(PingMessage)
    case pong(PongMessage)
    case credit(CreditMessage)
    case error(ErrorMessage)
    case goAway(GoAwayMessage)
    case fetch(FetchMessage)
    case plan(PlanMessage)
    case done(DoneMessage)
    case operations(OperationsMessage)
    case offer(OfferMessage)
    case need(NeedMessage)
    case commit(CommitMessage)
    case result(ResultMessage)
    case watch(WatchMessage)
    case head(HeadMessage)
    case reconcile(ReconcileMessage)
    case sketch(SketchMessage)
    case more(MoreMessage)
    case ids(IDsMessage)
    case blob(BlobMessage)
    case parts(PartsMessage)
    case put(PutMessage)
    case roster(RosterMessage)
    case news(NewsMessage)
    case changed(ChangedMessage)
    case join(JoinMessage)
    case joined(JoinedMessage)
    case call(CallMessage)
    case answer(AnswerMessage)
    case lease(LeaseMessage)
    case leased(LeasedMessage)
    case purge(PurgeMessage)
    case purged(PurgedMessage)

    /// Reads the payload of a frame of `type`.
    ///
    /// - Returns: `nil` for a type that may be ignored (`FRAME-6`).
    /// - Throws: ``ErrorCode/unknownFrameType`` for DATA and for a type that must be known (`FRAME-7`).
    public init?(_ type: FrameType, decoding payload: RawSpan) throws(WireError) {
        switch type {
        case .hello: self = .hello(try HelloMessage(decoding: payload))
        case .auth: self = .auth(try AuthMessage(decoding: payload))
        case .ping: self = .ping(try PingMessage(decoding: payload))
        case .pong: self = .pong(try PongMessage(decoding: payload))
        case .credit: self = .credit(try CreditMessage(decoding: payload))
        case .error: self = .error(try ErrorMessage(decoding: payload))
        case .goAway: self = .goAway(try GoAwayMessage(decoding: payload))
        case .fetch: self = .fetch(try FetchMessage(decoding: payload))
        case .plan: self = .plan(try PlanMessage(decoding: payload))
        case .done: self = .done(try DoneMessage(decoding: payload))
        case .operations: self = .operations(try OperationsMessage(decoding: payload))
        case .offer: self = .offer(try OfferMessage(decoding: payload))
        case .need: self = .need(try NeedMessage(decoding: payload))
        case .commit: self = .commit(try CommitMessage(decoding: payload))
        case .result: self = .result(try ResultMessage(decoding: payload))
        case .watch: self = .watch(try WatchMessage(decoding: payload))
        case .head: self = .head(try HeadMessage(decoding: payload))
        case .reconcile: self = .reconcile(try ReconcileMessage(decoding: payload))
        case .sketch: self = .sketch(try SketchMessage(decoding: payload))
        case .more: self = .more(try MoreMessage(decoding: payload))
        case .ids: self = .ids(try IDsMessage(decoding: payload))
        case .blob: self = .blob(try BlobMessage(decoding: payload))
        case .parts: self = .parts(try PartsMessage(decoding: payload))
        case .put: self = .put(try PutMessage(decoding: payload))
        case .roster: self = .roster(try RosterMessage(decoding: payload))
        case .news: self = .news(try NewsMessage(decoding: payload))
        case .changed: self = .changed(try ChangedMessage(decoding: payload))
        case .join: self = .join(try JoinMessage(decoding: payload))
        case .joined: self = .joined(try JoinedMessage(decoding: payload))
        case .call: self = .call(try CallMessage(decoding: payload))
        case .answer: self = .answer(try AnswerMessage(decoding: payload))
        case .lease: self = .lease(try LeaseMessage(decoding: payload))
        case .leased: self = .leased(try LeasedMessage(decoding: payload))
        case .purge: self = .purge(try PurgeMessage(decoding: payload))
        case .purged: self = .purged(try PurgedMessage(decoding: payload))
        default:
            guard type.isIgnorable else { throw WireError(.unknownFrameType) }
            return nil
        }
    }

    private var body: any WireMessage {
        switch self {
        case .hello(let message): message
        case .auth(let message): message
        case .ping(let message): message
        case .pong(let message): message
        case .credit(let message): message
        case .error(let message): message
        case .goAway(let message): message
        case .fetch(let message): message
        case .plan(let message): message
        case .done(let message): message
        case .operations(let message): message
        case .offer(let message): message
        case .need(let message): message
        case .commit(let message): message
        case .result(let message): message
        case .watch(let message): message
        case .head(let message): message
        case .reconcile(let message): message
        case .sketch(let message): message
        case .more(let message): message
        case .ids(let message): message
        case .blob(let message): message
        case .parts(let message): message
        case .put(let message): message
        case .roster(let message): message
        case .news(let message): message
        case .changed(let message): message
        case .join(let message): message
        case .joined(let message): message
        case .call(let message): message
        case .answer(let message): message
        case .lease(let message): message
        case .leased(let message): message
        case .purge(let message): message
        case .purged(let message): message
        }
    }

    public var type: FrameType { Swift.type(of: self.body).type }

    /// The message as a whole frame.
    public func frame(stream: UInt32, flags: FrameHeader.Flags = []) -> [UInt8] {
        self.body.frame(stream: stream, flags: flags)
    }
}
