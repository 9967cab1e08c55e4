public import Logging
public import ObjectModel
public import ServiceLifecycle
public import Storage

/// Gives up versions in the making that nothing is heard of, and tells those who watch. Forgets the files of those that are
/// over: what became of a version is kept beside them.
public struct IngestionTimeouts: Service {
    /// How late it may be noticed.
    private static let pause = Duration.seconds(2)
    /// Those that are over are looked through once in so many pauses.
    private static let pauseCountOfCleaning = 1800

    /// Files that are forgotten at a time.
    private static let fileCountMax = 256

    private let metadata: MetadataService
    private let blobs: any BlobStore
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp

    public init(
        metadata: MetadataService, blobs: any BlobStore, logger: Logger, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.metadata = metadata
        self.blobs = blobs
        self.logger = logger
        self.clock = clock
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var count = 0
            while !Task.isCancelled {
                do {
                    try await self.look(isCleaning: count % Self.pauseCountOfCleaning == 0)
                } catch {
                    self.logger.error("ingestions were not looked at", metadata: ["error": "\(error)"])
                }
                count += 1
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func look(isCleaning: Bool) async throws {
        try await self.forgetFiles()
        if isCleaning {
            let needed = try await self.metadata.store.read { try $0.putAsidePlaces() }
            try await self.blobs.discardPutAside(longerThan: Limits.putAsideTime, except: needed)
        }
        let now = self.clock()
        let isDue = try await self.metadata.store.read { try !$0.ingestions(dueAt: now, limit: 1).isEmpty }
        guard isDue || isCleaning, self.metadata.gate.isOpen else { return }
        try await self.metadata.perform(ExpireIngestions(), actor: nil)
    }

    private func forgetFiles() async throws {
        while true {
            let files = try await self.metadata.store.read { try $0.filesOfOverIngestions(limit: Self.fileCountMax) }
            guard !files.isEmpty else { return }
            // Bytes first: what is cut here goes on the next time.
            for file in files { try await self.blobs.discard(file.place) }
            try await self.metadata.store.write { rows in for file in files { try rows.delete(file) } }
        }
    }
}
