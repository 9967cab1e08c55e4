public import ObjectModel

/// What readers that are no regions get in place of an operation that is for owners: that there is one, and what stands in the
/// project's activity of it (Spec §9.4).
public struct WithheldOperation: Equatable, Sendable, Codable {
    /// ``ObjectModel/Operation/fingerprint`` of the operation: the next one of its origin names it.
    public var fingerprint: String
    public var facts: ActivityFacts?
}

extension OperationBody {
    /// Whether it says what only owners of the project may know: secrets, addresses, and who asks for a role.
    var isForOwners: Bool {
        switch self {
        case .webhookCreated, .webhookChanged, .inviteCreated, .accessRequested: true
        default: false
        }
    }
}

extension DecodedOperation {
    /// The operation as readers get it that are no regions. It keeps its number, its time and what it had seen.
    public func withholding() throws -> Operation {
        guard case .project(let project) = self.operation.scope, let body = self.content.body, body.isForOwners else {
            return self.operation
        }
        let rest = WithheldOperation(
            fingerprint: self.operation.fingerprint, facts: body.activity(in: project))
        var operation = self.operation
        if rest.facts == nil { operation.actor = nil }
        operation.body = try OperationContent(.withheld(rest), self.content.context).encoded()
        return operation
    }

    var isWithheld: Bool {
        if case .withheld = self.content.body { true } else { false }
    }

    /// Whether an operation of the same origin that names `fingerprint` comes after this one.
    func isBefore(_ fingerprint: String) -> Bool {
        if case .withheld(let rest) = self.content.body { return rest.fingerprint == fingerprint }
        return self.operation.fingerprint == fingerprint
    }
}
