import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Takes in one file as the body of a request, as it comes, in bounded memory, and puts it aside.
struct FileIntake {
    let blobs: any BlobStore
    let byteCountMax: UInt64

    /// - Parameter received: called after each piece.
    /// - Throws: ``PlainFailure`` when there is too much of it, ``DomainError`` when there is less than was said.
    func receive(
        _ request: Request, received: () async throws -> Void = {}
    ) async throws -> (place: PutAsideID, content: BlobContent) {
        let expected = request.headers[.contentLength].flatMap { UInt64($0) }
        if let expected { try self.requireAllowed(expected) }
        let upload = try await self.blobs.upload()
        do {
            var byteCount: UInt64 = 0
            for try await piece in request.body {
                byteCount += UInt64(piece.readableBytes)
                try self.requireAllowed(byteCount)
                try await upload.append(Array(piece.readableBytesView))
                try await received()
            }
            guard expected.map({ $0 == byteCount }) ?? true else {
                throw DomainError(.userInput, "The file was cut after \(byteCount) bytes.")
            }
            let (place, content) = try await upload.putAside()
            return (place, content)
        } catch {
            await upload.cancel()
            throw error
        }
    }

    private func requireAllowed(_ byteCount: UInt64) throws {
        guard byteCount <= self.byteCountMax else {
            throw PlainFailure(.contentTooLarge, "A file has at most \(self.byteCountMax) bytes here.")
        }
    }
}
