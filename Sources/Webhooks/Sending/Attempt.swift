/// What one attempt at a delivery came to.
public enum Attempt: Equatable, Sendable {
    /// Somebody answered. `retryAfter` as it was in the header.
    case answered(status: Int, retryAfter: String?)
    /// Nobody answered.
    case unreachable(Trouble)
    /// Nobody was asked, or not to the end, since the address, or one that it redirects to, is none to send to.
    case refused(Refusal)
    /// This node had something else to do. It counts as no attempt.
    case interrupted

    public enum Trouble: Sendable, CaseIterable {
        case unknownName, noConnection, noTrust, noAnswer, connectionLost
    }

    public enum Refusal: Sendable, CaseIterable {
        case invalidAddress, forbiddenAddress, tooManyRedirects, invalidRedirect, unsafeRedirect
    }
}
