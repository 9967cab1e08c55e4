public import ObjectModel

/// What somebody shows others of what they do at the moment. It is kept nowhere, and reaches those who watch at this node.
public struct ViewerBroadcast: Hashable, Sendable {
    public enum Kind: Sendable {
        /// What they look at. ``ViewerBroadcast/place`` names resources as viewers do.
        case viewing
        /// The same of older clients. ``ViewerBroadcast/place`` is one resource.
        case legacyViewing
        /// That they write an answer. ``ViewerBroadcast/place`` is the thread.
        case typing
    }

    public var kind: Kind
    public var user: UserID
    public var place: String
    /// JSON.
    public var content: String

    public init(_ kind: Kind, by user: UserID, at place: String, content: String) {
        self.kind = kind
        self.user = user
        self.place = place
        self.content = content
    }
}
