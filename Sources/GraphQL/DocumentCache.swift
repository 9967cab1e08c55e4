import Synchronization

/// Documents that were parsed and found valid, by their text. When it is full, the one that was not used for longest
/// goes.
final class DocumentCache: Sendable {
    private struct State {
        var entries: [String: (document: Document, lastUse: UInt64)] = [:]
        var now: UInt64 = 0
    }

    private let countMax: Int
    private let byteCountMax: Int
    private let state = Mutex(State())

    init(_ limits: GraphQLLimits) {
        self.countMax = limits.cachedDocumentCountMax
        self.byteCountMax = limits.cachedDocumentByteCountMax
    }

    func document(_ text: String) -> Document? {
        self.state.withLock { state in
            state.now += 1
            guard let document = state.entries[text]?.document else { return nil }
            state.entries[text]?.lastUse = state.now
            return document
        }
    }

    func insert(_ document: Document, _ text: String) {
        guard text.utf8.count <= self.byteCountMax else { return }
        self.state.withLock { state in
            if state.entries.count >= self.countMax,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            {
                state.entries[oldest] = nil
            }
            state.entries[text] = (document, state.now)
        }
    }
}
