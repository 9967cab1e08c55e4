/// What to do about a roster with a good signature, by the one that is held (`ROSTER-7`).
public enum RosterSuccession: Equatable, Sendable {
    /// Take it.
    case newer
    /// It is the one that is held.
    case same
    /// Pass over it: a roster is never taken back.
    case older
    /// Refuse it: the organisation signed two documents as one version.
    case conflicting

    /// - Parameters:
    ///   - version: of the roster that came.
    ///   - document: its bytes.
    ///   - held: the same of the one that is held, if there is one.
    public init(version: UInt64, document: [UInt8], held: (version: UInt64, document: [UInt8])?) {
        guard let held, version <= held.version else {
            self = .newer
            return
        }
        guard version == held.version else {
            self = .older
            return
        }
        self = document == held.document ? .same : .conflicting
    }
}
