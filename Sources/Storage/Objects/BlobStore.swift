public import ObjectModel

/// Keeps the bytes of files, each under the digest of its parts. Safe to call concurrently.
///
/// The same bytes are kept once, whatever projects have them. Which projects those are is metadata: whoever asks must
/// have looked there first.
public protocol BlobStore: Sendable {
    /// Takes in a new file whose bytes come in order.
    func upload() async throws -> any BlobUpload

    /// Takes in a file of known parts for `project`, or goes on where an earlier arrival was cut.
    func arrival(of parts: BlobParts, for project: ProjectID) async throws -> any BlobArrival

    /// Goes on with an arrival that was cut; `nil` when there is none.
    func cutArrival(of digest: ContentHash, for project: ProjectID) async throws -> (any BlobArrival)?

    /// `nil` when no such file is kept.
    func parts(of digest: ContentHash) async throws -> BlobParts?

    /// Reads bytes of a file that is kept.
    ///
    /// - Throws: ``StorageError/corrupt(_:)`` when the file ends before the range does, or is not there.
    func read(_ digest: ContentHash, _ range: Range<UInt64>) async throws -> [UInt8]

    /// Makes a file that was put aside readable under its digest. It stays aside as well.
    ///
    /// - Returns: whether it was there.
    func keep(_ id: PutAsideID) async throws -> Bool

    /// Reads bytes of a file that was put aside.
    ///
    /// - Throws: as ``read(_:_:)``.
    func read(putAside id: PutAsideID, _ range: Range<UInt64>) async throws -> [UInt8]

    /// Forgets a file that was put aside, if it is there.
    func discard(_ id: PutAsideID) async throws

    /// Forgets those files that were put aside longer than `age` ago, but for `needed`.
    func discardPutAside(longerThan age: Duration, except needed: Set<PutAsideID>) async throws
}

/// A file on its way in, from its start to its end. Belongs to one task.
public protocol BlobUpload: Sendable {
    func append(_ bytes: [UInt8]) async throws

    /// Makes the file durable; it can be read under its digest then.
    ///
    /// - Throws: ``BlobError/tooLong``.
    func finish() async throws -> BlobContent

    /// Makes the file durable and puts it aside: it cannot be read until it is kept (``BlobStore/keep(_:)``).
    ///
    /// - Throws: ``BlobError/tooLong``.
    func putAside() async throws -> (id: PutAsideID, content: BlobContent)

    /// Forgets the file.
    func cancel() async
}

/// A file on its way in, part by part. Several may bring the same file.
public protocol BlobArrival: Sendable {
    var parts: BlobParts { get }

    /// Parts that are not here, ascending. Those that an earlier arrival brought were verified again.
    var missing: [Int] { get async }

    /// Verifies one part and makes it durable.
    ///
    /// - Throws: ``BlobError/partMismatch(_:)``; nothing is kept then.
    func store(_ bytes: [UInt8], part: Int) async throws

    /// The file can be read under its digest from now on.
    ///
    /// - Precondition: no part is missing.
    func finish() async throws -> BlobContent
}

/// Why a file is not taken in.
public enum BlobError: Error, Equatable, Sendable {
    /// The bytes are not those of this part.
    case partMismatch(Int)
    /// Longer than ``BlobParts/byteCountMax``.
    case tooLong
}
