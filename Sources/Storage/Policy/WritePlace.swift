public import ObjectModel

/// The node at which somebody wants to write.
public struct WritePlace: Sendable {
    public let node: NodeID
    private let nameOf: @Sendable (NodeID) -> String

    /// - Parameter nameOf: what people call a node.
    public init(node: NodeID, nameOf: @escaping @Sendable (NodeID) -> String = { $0.rawValue }) {
        self.node = node
        self.nameOf = nameOf
    }

    /// Why nothing of a project may be written here, whoever asks; `nil` when it may.
    ///
    /// - Parameter ignoringHome: also where the project is written to in another region.
    public func refusal(
        for project: ProjectID, ignoringHome: Bool = false, _ rows: any MetadataReading
    ) throws -> DomainError? {
        if try rows.mirror(of: project) != nil {
            return DomainError(
                .forbidden, "This project is a copy of another node's. Write to it on the node that it comes from.")
        }
        let policy = try rows.policy(of: project) ?? .open
        guard try policy.regions.contains(self.node) && rows.purge(of: project) == nil else {
            return DomainError(
                .regionExcluded, "This region may not have the project any more. Write to it in another region.")
        }
        if let home = policy.home.node, home != self.node, !ignoringHome {
            return DomainError(
                .homeElsewhere, "This project is written to in its home region only, which is \(self.nameOf(home)).")
        }
        return nil
    }
}
