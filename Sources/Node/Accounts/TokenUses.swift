public import Logging
import ObjectModel
public import ServiceLifecycle
public import Storage
import Synchronization

/// Remembers when tokens were last used at this node.
///
/// Many requests come by one token, so uses are gathered in memory and written once in a while. A crash forgets the last
/// ones. They are no operations: what is read would be written to every region.
public final class TokenUses: Service {
    private static let pause = Duration.seconds(10)

    private let metadata: MetadataService
    private let logger: Logger
    private let waiting = Mutex<[TokenID: Timestamp]>([:])

    public init(metadata: MetadataService, logger: Logger) {
        self.metadata = metadata
        self.logger = logger
    }

    func note(_ token: TokenID, at time: Timestamp) {
        self.waiting.withLock { waiting in
            guard waiting[token] != nil || waiting.count < Limits.tokenUseCountMax else { return }
            waiting[token] = time
        }
    }

    /// When each token was last used here; when it was made, if it was not used yet.
    func lastUses(of tokens: [Token]) async throws -> [Timestamp] {
        let waiting = self.waiting.withLock { $0 }
        let kept = try await self.metadata.store.read { try $0.lastUses(ofEach: Set(tokens.map(\.id))) }
        return tokens.map { waiting[$0.id] ?? kept[$0.id] ?? $0.createdAt }
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pause)
                await self.write()
            }
        }
    }

    private func write() async {
        let uses = self.waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
        guard !uses.isEmpty else { return }
        do {
            try await self.metadata.store.write { rows in
                for (token, time) in uses where try rows.token(token) != nil { try rows.noteUse(of: token, at: time) }
            }
        } catch {
            self.logger.error("uses of tokens were not written", metadata: ["error": "\(error)"])
        }
    }
}
