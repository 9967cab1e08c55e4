/// Why stored data could not be read or written.
public enum StorageError: Error, Equatable, Sendable {
    /// Stored bytes do not match what was recorded when they came in. The text names file and place.
    case corrupt(String)
    /// No space is left, or a quota is reached. Nothing was changed.
    case full
    /// The data was written by a newer release: schema found, newest schema understood.
    case newerSchema(found: Int, known: Int)
    /// Another process has the data directory open.
    case locked
    /// The operating system refused; the text says which call and why.
    case io(String)
    /// What is asked for is not here, and the node that may have it cannot be reached.
    case unreachable
}
