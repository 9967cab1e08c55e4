import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ObjectModel
import Storage

/// What an edge accepted in its region's place, on its way there: oldest first, each until the region has answered.
///
/// `Tests/Models/outbox.pml` says what must hold.
actor Outbox {
    /// Before another attempt after one that failed.
    private static let pause = Duration.seconds(5)

    private let store: any EdgeStore
    private let upstream: any EdgeUpstream
    private let uploads: any EdgeUploads
    private let logger: Logger
    private let files = BlockingQueue(label: "outbox", isConcurrent: false)
    private var isDelivering = false
    /// Something came while the last round was under way.
    private var isCalled = false

    init(store: any EdgeStore, upstream: any EdgeUpstream, uploads: any EdgeUploads, logger: Logger) {
        self.store = store
        self.upstream = upstream
        self.uploads = uploads
        self.logger = logger
    }

    /// Accepts a version: it is durable when this returns, and goes to the region as soon as that can be reached.
    ///
    /// - Returns: the version, with what its author had seen.
    func queue(_ version: QueuedVersion, by lease: SignedLease) async throws -> QueuedVersion {
        let heard = self.upstream.lastHeard
        let queued = try await self.files.run { [store] in
            var version = version
            version.noteSeen(
                heard: heard, noted: try store.heard(), by: lease.lease, behind: try store.outbox())
            try store.append(OutboxEntry(version: version, lease: lease.signed))
            return version
        }
        self.deliver()
        return queued
    }

    /// Oldest first.
    func entries() async throws -> [OutboxEntry] { try await self.files.run { [store] in try store.outbox() } }

    func entry(_ id: VersionID) async throws -> OutboxEntry? {
        try await self.entries().first { $0.version.id == id }
    }

    /// Gives an entry up that the region does not take.
    func remove(_ id: VersionID) async throws {
        try await self.files.run { [store] in try store.removeFromOutbox(id) }
    }

    /// Tries an entry again that the region did not take.
    func retry(_ id: VersionID) async throws {
        try await self.files.run { [store] in try store.note(problem: nil, of: id) }
        self.deliver()
    }

    /// Brings what waits to the region, if that can be reached.
    func deliver() {
        self.isCalled = true
        guard !self.isDelivering else { return }
        self.isDelivering = true
        Task {
            while self.isCalled {
                self.isCalled = false
                await self.deliverAll()
            }
            self.isDelivering = false
        }
    }

    private func deliverAll() async {
        do {
            for entry in try await self.entries() where entry.problem == nil {
                try await self.settle(entry, try await self.bring(entry))
            }
        } catch StorageError.unreachable {
            // The next connection calls.
        } catch {
            self.logger.warning("the outbox waits", metadata: ["reason": "\(error)"])
            Task {
                try? await Task.sleep(for: Self.pause)
                self.deliver()
            }
        }
    }

    private func settle(_ entry: OutboxEntry, _ outcome: OutboxDelivery) async throws {
        let id = entry.version.id
        switch outcome {
        case .keep(let problem):
            self.logger.error(
                "the region does not take a version", metadata: ["version": "\(id)", "reason": "\(problem)"])
            try await self.files.run { [store] in try store.note(problem: problem, of: id) }
        case .remove:
            // Whoever writes next has seen it.
            let heard = self.upstream.lastHeard
            try await self.files.run { [store] in
                if let heard { try store.note(heard: heard) }
                try store.removeFromOutbox(id)
            }
        case .bringObjects, .wait:
            throw StorageError.io("the region did not say whether it takes version \(id)")
        }
    }

    /// - Returns: what becomes of the entry.
    private func bring(_ entry: OutboxEntry) async throws -> OutboxDelivery {
        let version = entry.version
        let renewed = try await self.upstream.renew(entry.lease, on: version.project)
        let next = OutboxDelivery.renewed(renewed?.lease.access)
        guard next == .bringObjects else { return next }
        try await self.uploads.flush(version.project)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let body = ByteBuffer(bytes: try encoder.encode(version))
        let request = HTTPRequest(
            method: .put, scheme: nil, authority: nil, path: "/api/projects/\(version.project)/versions/\(version.id)",
            headerFields: [.contentType: "application/json", .contentLength: "\(body.readableBytes)"])
        let response = try await self.upstream.call(request, body: RequestBody(buffer: body), by: entry.lease)
        let status = response.status.code
        return .answered(status: status, reason: (400..<500).contains(status) ? try await Self.reason(response) : "")
    }

    private struct Failure: Decodable {
        struct Detail: Decodable { var message: String }
        var error: Detail
    }

    private static func reason(_ response: Response) async throws -> String {
        let body = try await response.collected()
        return (try? JSONDecoder().decode(Failure.self, from: Data(body.readableBytesView)))?.error.message
            ?? "The region answered with status \(response.status.code)."
    }
}
