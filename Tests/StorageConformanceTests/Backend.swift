import Foundation
import ObjectModel
import Storage
import StorageSQLite
import StorageTestKit
import Synchronization
import Testing

/// The kinds of stores that every suite runs against.
enum Backend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory
    case sqlite

    var testDescription: String { self.rawValue }

    /// A fresh, empty store.
    func open() throws -> OpenBackend {
        let events = EventBus()
        switch self {
        case .memory:
            let store = MemoryMetadataStore(events: events)
            return OpenBackend(store: store, events: events) { store.setComplete($0) }
        case .sqlite:
            let directory = try TemporaryDirectory()
            let roots = CompleteRoots()
            let database = try TiebeamDatabase(file: directory.url.appendingPathComponent("tiebeam.db"))
            let store = database.metadataStore(events: events) { root, _ in
                roots.value.withLock { $0.contains(root) }
            }
            return OpenBackend(store: store, events: events, directory: directory) { new in
                roots.value.withLock { $0 = new }
            }
        }
    }
}

/// An open store with what it needs to live.
struct OpenBackend: Sendable {
    let store: any MetadataStore
    let events: EventBus
    var directory: TemporaryDirectory?
    /// Says which objects count as complete, since there is no object store beside the metadata.
    let setComplete: @Sendable (Set<ObjectID>) -> Void
}

private final class CompleteRoots: Sendable {
    let value = Mutex<Set<ObjectID>>([])
}
