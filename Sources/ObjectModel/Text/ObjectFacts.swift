/// What a node must know of an object's text to store it.
public struct ObjectFacts: Equatable, Sendable {
    public var id: ObjectID
    /// Objects that the text refers to directly (`referencedId` of detached properties), each once.
    public var references: [ObjectID]
    /// Keys of the top-level `__closure` that are object ids, in text order.
    public var closure: [ObjectID]

    public init(id: ObjectID, references: [ObjectID], closure: [ObjectID]) {
        self.id = id
        self.references = references
        self.closure = closure
    }
}
