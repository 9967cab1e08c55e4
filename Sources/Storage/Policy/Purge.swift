public import ObjectModel

/// That this region must remove a project, or removed it. Local to the node: never in a log.
///
/// It stays until the project is allowed here again and back as a whole.
public struct Purge: Equatable, Sendable {
    public var project: ProjectID
    /// Of each origin of the project's log, the last operation that excludes this region.
    public var exclusion: [NodeID: UInt64]
    /// The allowed regions that hold all that is here.
    public var holders: Set<NodeID>
    /// How many operations this region had written when it removed the log: their numbers are taken.
    public var ownSequence: UInt64

    public init(
        project: ProjectID, exclusion: [NodeID: UInt64], holders: Set<NodeID> = [], ownSequence: UInt64 = 0
    ) {
        self.project = project
        self.exclusion = exclusion
        self.holders = holders
        self.ownSequence = ownSequence
    }

    /// Whether somebody who has this much of the log knows what excluded this region, and allows it all the same.
    ///
    /// - Parameter marks: of a region that gives the project to this one.
    public func isLifted(by marks: [NodeID: UInt64]) -> Bool { marks.covers(self.exclusion) }

    /// Adds what another region says that excludes this one. Who held everything must say so again.
    mutating func add(_ exclusion: [NodeID: UInt64]) {
        guard !self.exclusion.covers(exclusion) else { return }
        self.exclusion.merge(exclusion) { max($0, $1) }
        self.holders = []
    }
}

extension [NodeID: UInt64] {
    /// Whether of each origin at least as much is here.
    public func covers(_ other: Self) -> Bool { other.allSatisfy { self[$0.key, default: 0] >= $0.value } }
}

/// What an allowed region tells one that must remove a project (Spec §22.3).
public struct PurgeOrder: Equatable, Sendable {
    public var project: ProjectID
    /// Of each origin, the last operation that excludes the region.
    public var exclusion: [NodeID: UInt64]
    public var minimumCopies: Int
    /// What the region said that it holds, as far as its sender has all of it; empty until then.
    public var held: [NodeID: UInt64]

    public init(project: ProjectID, exclusion: [NodeID: UInt64], minimumCopies: Int, held: [NodeID: UInt64] = [:]) {
        self.project = project
        self.exclusion = exclusion
        self.minimumCopies = minimumCopies
        self.held = held
    }
}

/// What the region answers.
public enum PurgeAnswer: Equatable, Sendable {
    /// Nothing of the project is there any more.
    case removed
    /// It still holds this much of the log.
    case holding([NodeID: UInt64])
}
