public import ObjectModel

/// What is to be done next with an entry of an edge's outbox, by what its region said. Pure: whoever delivers does it.
public enum OutboxDelivery: Equatable, Sendable {
    /// Bring all objects that were uploaded to its project, then the version.
    case bringObjects
    /// The region has it.
    case remove
    /// The region does not take it: it stays until somebody decides.
    case keep(problem: String)
    /// It is to be tried again later.
    case wait

    /// Its lease was asked for again.
    ///
    /// - Parameter access: `nil` when whoever queued it may nothing any more.
    public static func renewed(_ access: Lease.Access?) -> Self {
        access == .write
            ? .bringObjects : .keep(problem: "Whoever made it may not write to the project any more.")
    }

    /// The region answered to the version.
    public static func answered(status: Int, reason: String) -> Self {
        switch status {
        case 200..<300: .remove
        case 400..<500: .keep(problem: reason)
        default: .wait
        }
    }
}

extension QueuedVersion {
    /// Notes what the author may have seen.
    ///
    /// - Parameters:
    ///   - heard: when the region answered last, by its clock, as far as this process knows.
    ///   - noted: the same, as it was noted durably.
    ///   - lease: that allows it.
    ///   - entries: that wait before it.
    public mutating func noteSeen(
        heard: Timestamp?, noted: Timestamp?, by lease: Lease, behind entries: [OutboxEntry]
    ) {
        let noted = noted ?? lease.issuedAt
        self.seenUntil = max(heard ?? noted, noted, lease.issuedAt)
        self.seenVersions = entries.map(\.version).filter { $0.model == self.model }.map(\.id)
    }
}
