import ObjectModel

/// What the reader of an answer gets, and what it holds already.
struct DeltaReader {
    private let added: Set<ObjectID>
    private let held: Set<ObjectID>?

    /// - Parameter held: `nil` is everything but what it gets.
    init(getting added: Set<ObjectID>, holding held: Set<ObjectID>? = nil) {
        self.added = added
        self.held = held
    }

    func gets(_ id: ObjectID) -> Bool { self.added.contains(id) }

    func holds(_ id: ObjectID) -> Bool { !self.added.contains(id) && self.held?.contains(id) ?? true }
}
