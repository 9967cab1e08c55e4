public import ObjectModel

/// An operation with its text, read once.
public struct DecodedOperation: Sendable {
    public let operation: Operation
    public let content: OperationContent

    public init(_ operation: Operation) {
        self.operation = operation
        self.content = OperationContent(decoding: operation.body)
    }
}
