import ObjectModel
import Storage

/// One region tells another one what it must remove, message by message, by the types that decide about it in real ones. It may
/// end between any two messages.
final class SimulatedPurge {
    private enum Message {
        case order(PurgeOrder)
        case answer(PurgeAnswer)
    }

    /// How often one order is repeated, with what the sender has got meanwhile.
    private static let roundCount = 4

    let sender: SimulatedRegion
    let region: SimulatedRegion
    let project: ProjectID
    /// How many copies there had to be, when the sender sent its last order.
    private(set) var minimumCopies: Int
    /// Whether the sender lacks something that the region said it holds, and is to bring it.
    private(set) var mustBring = false
    private var message: Message
    /// What the region said that it holds, as far as the sender has it.
    private var held: [NodeID: UInt64] = [:]
    private var roundsLeft = SimulatedPurge.roundCount

    init(_ order: PurgeOrder, by sender: SimulatedRegion, to region: SimulatedRegion) {
        self.sender = sender
        self.region = region
        self.project = order.project
        self.minimumCopies = order.minimumCopies
        self.message = .order(order)
    }

    var scope: LogScope { .project(self.project) }

    /// Who takes the next message.
    var receiver: SimulatedRegion {
        switch self.message {
        case .order: self.region
        case .answer: self.sender
        }
    }

    /// Delivers the next message.
    ///
    /// - Returns: whether another one follows.
    func step() async throws -> Bool {
        self.mustBring = false
        switch self.message {
        case .order(let order):
            let (intake, node) = (PurgeIntake(node: self.region.node), self.sender.node)
            let answer = try await self.region.store.write { try intake.take(order, from: node, in: $0) }
            guard let answer else { return false }
            self.message = .answer(answer)
            return true
        case .answer(.removed):
            let (node, project) = (self.region.node, self.project)
            try await self.sender.store.write { try $0.deletePeerCursor(of: node, in: project) }
            return false
        case .answer(.holding(let marks)):
            self.roundsLeft -= 1
            guard self.roundsLeft > 0, self.held != marks else { return false }
            self.mustBring = try await !self.sender.marks(of: self.scope).covers(marks)
            if !self.mustBring { self.held = marks }
            let (node, own, project) = (self.region.node, self.sender.node, self.project)
            let found = try await self.sender.store.read { try $0.purgeOrder(of: project, for: node, by: own) }
            guard var order = found else { return false }
            order.held = self.held
            self.minimumCopies = order.minimumCopies
            self.message = .order(order)
            return true
        }
    }
}
