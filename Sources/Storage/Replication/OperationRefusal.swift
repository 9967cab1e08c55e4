public import ObjectModel

/// Operations of another node that are not taken. Nothing was changed; they wait where they are.
public enum OperationRefusal: Error, Equatable, Sendable {
    /// One came before another one that its node had seen when it made it.
    case early(Dot, seen: Dot)
    /// It follows another operation than the one that is here under the number before: its node wrote on after it was put
    /// back to an older state.
    case forked(Dot)
    /// It was made by a clock that is so many milliseconds ahead of the one here.
    case future(Dot, milliseconds: Int64)
    /// A version that does not have all of its objects here.
    case incomplete(VersionID)
    /// A file whose bytes are not here, or are others.
    case fileMissing(BlobID)
    /// A region was given less of an operation than there is.
    case withheld(Dot)
    /// This region had to remove the project, and who gives it has not heard of that.
    case excluded(ProjectID)
}
