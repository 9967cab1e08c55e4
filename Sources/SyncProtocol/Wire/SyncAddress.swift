public import ObjectModel

/// Where a project is: `tiebeam://host:port/project` (Spec §3.4, `ADDR-1` to `ADDR-3`).
public struct SyncAddress: Equatable, Sendable, CustomStringConvertible {
    public var node: NodeAddress
    public var project: ProjectID

    public init(node: NodeAddress, project: ProjectID) {
        self.node = node
        self.project = project
    }

    /// Reads an address; `nil` when `text` is not one.
    public init?(_ text: String) {
        guard let slash = text.lastIndex(of: "/"), let node = NodeAddress(text[..<slash]) else { return nil }
        let project = String(text[text.index(after: slash)...])
        guard WireText.isIdentifier(project) else { return nil }
        self.init(node: node, project: ProjectID(rawValue: project))
    }

    public var description: String { "\(self.node)/\(self.project)" }
}
