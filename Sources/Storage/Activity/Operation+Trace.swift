package import ObjectModel

extension DecodedOperation {
    /// What is left of the operation where it is left out of its log, so that whoever takes a snapshot has the entry; `nil` when it
    /// has none (Spec §23.1).
    package var trace: Operation? {
        get throws {
            guard case .project(let project) = self.operation.scope,
                let facts = self.content.body?.activity(in: project)
            else { return nil }
            var trace = self.operation
            trace.body = try OperationContent(.trace(facts), OperationContext()).encoded()
            return trace
        }
    }

    /// Whether this is all that is left of an operation.
    var isTrace: Bool {
        if case .trace = self.content.body { true } else { false }
    }

    /// Why a trace is refused behind what was compacted.
    var misplacedTrace: String {
        "all that comes of operation \(self.operation.sequence) of \(self.operation.origin) is a trace"
    }
}
