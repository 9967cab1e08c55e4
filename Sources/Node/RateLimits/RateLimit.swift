/// How often something may be done by one source: so many times in each window, and beyond that so many times in each
/// longer one.
public struct RateLimit: Equatable, Sendable {
    public struct Window: Equatable, Sendable {
        public var count: Int
        public var seconds: Int

        public init(_ count: Int, perSeconds seconds: Int) {
            self.count = count
            self.seconds = seconds
        }
    }

    public var regular: Window
    public var burst: Window

    public init(regular: Window, burst: Window) {
        self.regular = regular
        self.burst = burst
    }
}

/// What is limited.
public enum RateLimitedAction: String, CaseIterable, Sendable {
    case request, graphQL, signIn, register, createProject, createVersion

    /// As Speckle's server has them by default. Objects have no limit of their own: one client sends and fetches hundreds
    /// of parts of one model.
    public var limit: RateLimit {
        switch self {
        case .request: RateLimit(regular: .init(500, perSeconds: 1), burst: .init(2_000, perSeconds: 60))
        case .graphQL: RateLimit(regular: .init(50, perSeconds: 1), burst: .init(200, perSeconds: 60))
        case .signIn: RateLimit(regular: .init(4, perSeconds: 600), burst: .init(10, perSeconds: 1_800))
        case .register: RateLimit(regular: .init(6, perSeconds: 3_600), burst: .init(1_000, perSeconds: 604_800))
        case .createProject, .createVersion:
            RateLimit(regular: .init(1, perSeconds: 1), burst: .init(100, perSeconds: 60))
        }
    }
}

/// Counts what is done, in this process or in all of a region.
public protocol RateLimiter: Sendable {
    /// Counts `cost` more of `action` by `source`.
    ///
    /// - Returns: how many more the source may do now.
    /// - Throws: ``RateLimitExceeded`` when it may not, and nothing is counted.
    func take(_ cost: Int, of action: RateLimitedAction, by source: String) async throws -> Int
}

public struct RateLimitExceeded: Error, Equatable, Sendable {
    /// When the same may be done again, at the earliest.
    public var retryAfter: Duration

    public init(retryAfter: Duration) { self.retryAfter = retryAfter }

    static let message = "You have sent too many requests. You are being rate limited. Please try again later."
    static let code = "RATE_LIMIT_ERROR"
}

/// For a node that is used by those who run it.
public struct NoRateLimits: RateLimiter {
    public init() {}

    public func take(_ cost: Int, of action: RateLimitedAction, by source: String) async throws -> Int { .max }
}
