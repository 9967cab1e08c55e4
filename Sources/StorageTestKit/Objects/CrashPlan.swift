package import ObjectModel

/// What the crash tests write, and in which order; the writer and its judge read it here.
package enum CrashPlan {
    package static let roundCount = 3
    /// Also takes in what the first project has, so that content is shared.
    package static let sharedRound = 1
    /// Comes in as blocks, with operations of another node in the same transaction.
    package static let copiedProject: ProjectID = Fixture.id(0xC0)
    package static let copiedVersion: VersionID = Fixture.id(0xC1)
    /// Gets as much as the first project, and is given up again: its room is free at the end.
    package static let removedProject: ProjectID = Fixture.id(0xF1)
    /// Takes an upload in that is moved to the second project.
    package static let uploads: ProjectID = Fixture.id(0xF2)
    package static let movedRound = 7
    /// Small, so that some segments are full and hold blocks of several projects.
    package static let segmentByteCountMax: UInt64 = 24 << 10
    package static let sourceNode = Fixture.node(2)
    package static let email = "ada@example.org"

    /// The objects of one round, its root last. Rounds have nothing in common.
    package static func tree(_ round: Int) -> [Sample] { Sample.tree(leafCount: 40, round: round) }

    package static func removedTree(_ round: Int) -> [Sample] { Sample.tree(leafCount: 60, round: 100 + round) }

    package static func name(ofProject number: Int) -> String { "Project \(number)" }
    package static func message(ofVersion round: Int) -> String { "round \(round)" }
}
