public import ObjectModel

/// Beginnings of large blocks that cuts left behind, so that only the rest has to come (Spec §13.3). Any of them may be
/// lost at any time: then the block comes as a whole. Safe to call concurrently.
public protocol UnfinishedBlocks: Sendable {
    /// Hands out what is there of the block that `peer` was sending last, and forgets it: whoever takes it may keep it
    /// again.
    func take(of project: ProjectID, from peer: String) async throws -> [UInt8]?
    /// Keeps `beginning` in place of what was kept before.
    func keep(_ beginning: [UInt8], of project: ProjectID, from peer: String) async throws
}
