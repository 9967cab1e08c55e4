/// Tells another server what happens in a project.
public struct Webhook: Equatable, Sendable, Codable {
    /// Of one project.
    public static let countMax = 100
    /// Of an address, a description or a secret.
    public static let textByteCountMax = 2048

    public var id: WebhookID
    public var project: ProjectID
    /// `http` or `https`.
    public var url: String
    public var description: String?
    /// Names of events, ascending.
    public var triggers: [String]
    public var secret: WebhookSecret
    public var isEnabled: Bool
    public var createdAt: Timestamp
    /// When it was written to last.
    public var updatedAt: Timestamp

    public init(
        id: WebhookID, project: ProjectID, url: String, description: String?, triggers: [String],
        secret: WebhookSecret, isEnabled: Bool, createdAt: Timestamp
    ) {
        self.id = id
        self.project = project
        self.url = url
        self.description = description
        self.triggers = triggers
        self.secret = secret
        self.isEnabled = isEnabled
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }
}

/// What the receiver of a webhook knows its deliveries by.
public struct WebhookSecret: Hashable, Sendable, Codable {
    /// `nil` where there is none: deliveries are signed with an empty key then.
    public var text: String?
    /// The one before, which deliveries are signed with as well, until ``formerUntil``.
    public var former: String?
    public var formerUntil: Timestamp?

    public init(_ text: String?, former: String? = nil, formerUntil: Timestamp? = nil) {
        self.text = text
        self.former = former
        self.formerUntil = formerUntil
    }
}

/// One event on its way to one webhook. It is known to the node that sends it only.
public struct WebhookDelivery: Equatable, Sendable {
    public enum Status: Int, Sendable, Codable {
        case pending = 0
        /// Somebody sends it, until ``WebhookDelivery/leaseEnd``.
        case sending = 1
        case delivered = 2
        /// Nobody tries any more.
        case failed = 3

        public var isFinished: Bool { self == .delivered || self == .failed }
    }

    /// Which of the webhooks it is for: ids are unique within their project only.
    public struct Endpoint: Hashable, Comparable, Sendable {
        public var project: ProjectID
        public var webhook: WebhookID

        public init(_ webhook: WebhookID, in project: ProjectID) {
            self.project = project
            self.webhook = webhook
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.project, left.webhook) < (right.project, right.webhook)
        }
    }

    /// The same whichever node sends it, and however often: receivers know repetitions by it.
    public var id: WebhookDeliveryID
    public var endpoint: Endpoint
    public var event: WebhookEvent
    public var status: Status
    /// What became of the last attempt, for people.
    public var statusInfo: String
    public var attemptCount: Int
    /// The receiver refused it: those behind it do not wait for it.
    public var isAside: Bool
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// Not to be sent before.
    public var nextAttemptAt: Timestamp
    public var leaseEnd: Timestamp?

    /// When somebody may send it: what somebody else sends, once his lease is over.
    public var dueAt: Timestamp {
        self.status == .sending ? self.leaseEnd ?? self.nextAttemptAt : self.nextAttemptAt
    }

    public init(id: WebhookDeliveryID, to endpoint: Endpoint, _ event: WebhookEvent, at now: Timestamp) {
        self.id = id
        self.endpoint = endpoint
        self.event = event
        self.status = .pending
        self.statusInfo = ""
        self.attemptCount = 0
        self.isAside = false
        self.createdAt = now
        self.updatedAt = now
        self.nextAttemptAt = now
    }
}

/// What a webhook tells: what happened, and how the project and whoever did it were then.
public struct WebhookEvent: Equatable, Sendable, Codable {
    /// One of the triggers.
    public var name: String
    /// Whoever did it; `nil` for the server itself.
    public var actor: User?
    public var project: Project
    /// The webhook as it was, where the event is its end; else the present one counts.
    public var webhook: Webhook?
    /// One sentence for people.
    public var message: String
    public var data: [String: String]
    public var at: Timestamp

    public init(
        _ name: String, by actor: User?, in project: Project, message: String, data: [String: String], at: Timestamp
    ) {
        self.name = name
        self.actor = actor.map {
            var known = $0
            // Neither secrets nor what only they themselves should see, nor pictures.
            (known.passwordHash, known.email, known.avatar) = (nil, "", nil)
            return known
        }
        self.project = project
        self.message = message
        self.data = data
        self.at = at
    }
}
