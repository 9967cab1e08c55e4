import ObjectModel
import Storage
import Synchronization

/// The closures that were asked for last: somebody who pages through the children of an object asks for its closure each time.
///
/// Closures are kept by where their objects are stored, which never changes: whoever asks by that has seen that the project has
/// the object.
final class ClosureCache: Sendable {
    private struct State {
        var entries: [ProjectObjects.Place: (closure: ObjectClosure, lastUse: UInt64)] = [:]
        var idCount = 0
        var now: UInt64 = 0
    }

    /// A closure of a million ids takes half a second and 50 MB to make: one at a time.
    private let making = BlockingQueue(label: "closures", isConcurrent: false)
    private let idCountMax: Int
    private let state = Mutex(State())

    /// - Parameter idCountMax: ids that are kept in all.
    init(idCountMax: Int = Limits.keptClosureIDCountMax) {
        self.idCountMax = idCountMax
    }

    /// The closure of the object at `place`, if it is kept.
    func closure(at place: ProjectObjects.Place) -> ObjectClosure? {
        self.state.withLock { state in
            state.now += 1
            guard let closure = state.entries[place]?.closure else { return nil }
            state.entries[place]?.lastUse = state.now
            return closure
        }
    }

    /// Makes the closure of the object at `place`, and keeps it.
    func make(
        at place: ProjectObjects.Place, _ body: @escaping @Sendable () throws -> ObjectClosure
    ) async throws -> ObjectClosure {
        let closure = try await self.making.run(body)
        self.state.withLock { state in
            guard state.entries[place] == nil else { return }
            state.entries[place] = (closure, state.now)
            // An empty one takes some memory as well.
            state.idCount += closure.ids.count + 1
            while state.idCount > self.idCountMax,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
                state.idCount -= oldest.value.closure.ids.count + 1
            }
        }
        return closure
    }
}
