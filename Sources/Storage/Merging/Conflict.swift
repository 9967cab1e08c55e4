public import ObjectModel

/// Writes that were made without seeing each other and that people should look at. All of them are kept; what is shown
/// meanwhile is the same at every node.
///
/// It is closed by any write that was made after seeing them all.
public struct Conflict: Equatable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// One field has several values: the latest is shown.
        case edited
        /// Rights or visibility: the most restrictive value holds.
        case restricted
        /// Two models have one name, or two people one e-mail: who had it first keeps it, the others show with a number.
        case sameName
        /// A model has several newest versions.
        case diverged
        /// A model was deleted and written to: it stays.
        case deletedInUse
        /// The last owners of a project took the role from each other.
        case ownerless
        /// Somebody made a version while his right to was taken: it is kept, and does not show.
        case quarantined
    }

    public var kind: Kind
    public var entity: Entity
    /// `nil` when it is about the entity as a whole.
    public var field: MergeField?
    /// The operations that do not know of each other, ascending.
    public var dots: [Dot]
    /// When the last of them was made.
    public var openedAt: Timestamp

    /// The same at every node that has the same operations.
    public var id: String {
        var bytes = Array("\(self.kind.rawValue) \(self.entity.key) \(self.field?.rawValue ?? "-")".utf8)
        for dot in self.dots { bytes += Array(" \(dot.origin) \(dot.sequence)".utf8) }
        return String(bytes.withUnsafeBytes { ContentHash(of: $0) }.description.prefix(20))
    }

    /// - Parameter stamps: of the operations; at least two of them, but for ``Kind/ownerless``.
    init(_ kind: Kind, _ entity: Entity, _ field: MergeField? = nil, _ stamps: [Stamp]) {
        self.kind = kind
        self.entity = entity
        self.field = field
        self.dots = Set(stamps.map(\.dot)).sorted()
        self.openedAt = stamps.map(\.timestamp).max() ?? Timestamp(millisecondsSinceEpoch: 0)
    }

    /// As it was stored.
    public init(kind: Kind, entity: Entity, field: MergeField?, dots: [Dot], openedAt: Timestamp) {
        self.kind = kind
        self.entity = entity
        self.field = field
        self.dots = dots
        self.openedAt = openedAt
    }
}
