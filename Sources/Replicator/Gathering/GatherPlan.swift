/// Which part of a journal each of several sources brings next, and in which order the parts are stored
/// (docs/adr/0006-several-sources.md).
///
/// Ordinals count in the journal of the source that leads. Parts are stored in the order of their ordinals, so that the
/// copy's journal has the order of its source, and others can gather from the copy as well. Pure: no clock, no randomness.
struct GatherPlan {
    /// Ordinals that one source brings in one FETCH.
    typealias Part = Range<UInt64>

    /// What one source has and did.
    private struct Source {
        /// Its journal has the ordinals before this one.
        var end: UInt64
        var isActive = true
        var stored: [Part] = []
        var addedCount = 0
        /// Objects that were here already when the source brought them, though nobody else was asked for them.
        var knownCount = 0
    }

    /// A part that is under way, or that waits for its turn to be stored.
    private struct Work {
        var part: Part
        /// Sources that bring it.
        var carriers: [Int]
        /// Whether a second source was asked for it as well.
        var isDoubled = false
        /// Who brought it; `nil` while it is under way.
        var bringer: Int?
    }

    private let lead: Int
    private let end: UInt64
    private let partCountMax: UInt64
    private let sourceCount: Int
    private var sources: [Int: Source] = [:]
    /// Ordinals that nobody was asked for, ascending, none of them adjacent to another.
    private var free: [Part]
    /// Ascending.
    private var work: [Work] = []

    /// - Parameters:
    ///   - ordinals: what is to be brought; up to the end of the lead's journal.
    ///   - lead: the source whose order counts.
    ///   - partCountMax: ordinals of one part at most.
    ///   - sourceCount: sources that may join.
    init(_ ordinals: Range<UInt64>, lead: Int, partCountMax: UInt64, sourceCount: Int) {
        precondition(partCountMax > 0, "a part holds at least one ordinal")
        precondition(sourceCount > 0, "somebody brings the parts")
        self.lead = lead
        self.end = ordinals.upperBound
        self.partCountMax = partCountMax
        self.sourceCount = sourceCount
        self.free = ordinals.isEmpty ? [] : [ordinals]
    }

    /// A source is ready to be asked.
    ///
    /// - Parameter end: of its own journal.
    mutating func join(_ source: Int, end: UInt64) { self.sources[source] = Source(end: end) }

    var activeCount: Int { self.sources.values.count { $0.isActive } }

    /// Everything before it was stored. It goes back when a source turns out to have another order.
    var frontier: UInt64 {
        min(self.free.first?.lowerBound ?? self.end, self.work.first?.part.lowerBound ?? self.end)
    }

    /// Whether everything is stored, or nobody is left to bring what is missing next.
    var isOver: Bool {
        guard self.nextToStore == nil, !self.work.contains(where: { $0.bringer == nil }) else { return false }
        guard let first = self.free.first else { return true }
        return !self.sources.values.contains { $0.isActive && $0.end > first.lowerBound }
    }

    // MARK: Bringing

    /// What `source` brings next; `nil` when there is nothing for it now.
    ///
    /// A source that has nothing else to do is asked for a part that another one is slow with.
    mutating func next(for source: Int) -> Part? {
        guard let state = self.sources[source], state.isActive else { return nil }
        return self.takeFree(for: source, state.end) ?? self.takeDoubled(for: source, state.end)
    }

    private mutating func takeFree(for source: Int, _ end: UInt64) -> Part? {
        let horizon = min(end, self.frontier + self.partCountMax * UInt64(Limits.partsAheadCount * self.sourceCount))
        guard let place = self.free.firstIndex(where: { $0.lowerBound < horizon }) else { return nil }
        let whole = self.free[place]
        let part = whole.lowerBound..<min(whole.upperBound, whole.lowerBound + self.partCount, horizon)
        if part.upperBound < whole.upperBound {
            self.free[place] = part.upperBound..<whole.upperBound
        } else {
            self.free.remove(at: place)
        }
        let index = self.work.firstIndex { $0.part.lowerBound > part.lowerBound } ?? self.work.endIndex
        self.work.insert(Work(part: part, carriers: [source]), at: index)
        return part
    }

    /// Parts become smaller towards the end, so that all sources are through at about the same time.
    private var partCount: UInt64 {
        let freeCount = self.free.reduce(0) { $0 + UInt64($1.count) }
        let share = freeCount / UInt64(2 * Limits.partsInFlightCount * self.sourceCount)
        return max(1, self.partCountMax / Limits.partShrinkMax, min(self.partCountMax, share))
    }

    private mutating func takeDoubled(for source: Int, _ end: UInt64) -> Part? {
        guard !self.work.contains(where: { $0.carriers.contains(source) }) else { return nil }
        let slow = self.work.firstIndex { work in
            work.bringer == nil && work.carriers.count == 1 && work.part.upperBound <= end
        }
        guard let slow else { return nil }
        self.work[slow].carriers.append(source)
        self.work[slow].isDoubled = true
        return self.work[slow].part
    }

    /// Whether `part` is still to come from `source`.
    func isCarrying(_ part: Part, _ source: Int) -> Bool { self.index(of: part, carriedBy: source) != nil }

    enum OnBrought: Equatable {
        /// Keep what came until it is its turn. These sources need not bring it any more.
        case keep(others: [Int])
        /// Somebody else was faster, or the source was dropped.
        case discard
    }

    /// All of `part` came from `source` and was found good.
    mutating func brought(_ part: Part, by source: Int) -> OnBrought {
        guard let index = self.index(of: part, carriedBy: source) else { return .discard }
        let others = self.work[index].carriers.filter { $0 != source }
        self.work[index].carriers = []
        self.work[index].bringer = source
        return .keep(others: others)
    }

    /// `part` cannot be brought in this way, whoever is asked: leave it out.
    ///
    /// - Returns: sources that need not bring it any more.
    mutating func skip(_ part: Part, by source: Int) -> [Int] {
        guard let index = self.index(of: part, carriedBy: source) else { return [] }
        return self.work.remove(at: index).carriers.filter { $0 != source }
    }

    private func index(of part: Part, carriedBy source: Int) -> Int? {
        self.work.firstIndex { $0.part == part && $0.carriers.contains(source) }
    }

    // MARK: Storing

    /// The part to store now; `nil` while one before it is missing.
    var nextToStore: Part? {
        guard let first = self.work.first, first.bringer != nil, self.frontier == first.part.lowerBound else {
            return nil
        }
        return first.part
    }

    enum OnStored: Equatable {
        case none
        /// This source has the objects in another order than the lead: much of what it brought was here. Drop it, and the
        /// parts of it that were not stored.
        case misordered(source: Int, unstored: [Part])
    }

    /// The part that was to be stored is durable.
    ///
    /// - Parameters:
    ///   - addedCount: objects of it that were new here.
    ///   - knownCount: objects of it that were here already.
    mutating func stored(_ part: Part, addedCount: Int, knownCount: Int) -> OnStored {
        guard let index = self.work.firstIndex(where: { $0.part == part }), let source = self.work[index].bringer,
            var state = self.sources[source]
        else { return .none }
        let isDoubled = self.work.remove(at: index).isDoubled
        state.stored.append(part)
        if !isDoubled {
            state.addedCount += addedCount
            state.knownCount += knownCount
        }
        self.sources[source] = state
        let isMisordered =
            source != self.lead && state.isActive
            && state.knownCount * Limits.misorderedShare > state.addedCount + state.knownCount
        return isMisordered ? .misordered(source: source, unstored: self.distrust(source)) : .none
    }

    // MARK: Dropping

    /// `source` is gone: others bring what it was asked for. What it brought stays.
    mutating func drop(_ source: Int) {
        self.sources[source]?.isActive = false
        for index in self.work.indices { self.work[index].carriers.removeAll { $0 == source } }
        for work in self.work where work.carriers.isEmpty && work.bringer == nil { self.release(work.part) }
        self.work.removeAll { $0.carriers.isEmpty && $0.bringer == nil }
    }

    /// Has everything that `source` brought be brought again by others: its ordinals mean other objects.
    private mutating func distrust(_ source: Int) -> [Part] {
        let unstored = self.work.filter { $0.bringer == source }.map(\.part)
        for index in self.work.indices where self.work[index].bringer == source { self.work[index].bringer = nil }
        self.drop(source)
        for part in self.sources[source]?.stored ?? [] { self.release(part) }
        self.sources[source]?.stored = []
        return unstored
    }

    /// Nobody is asked for `part` any more.
    private mutating func release(_ part: Part) {
        var part = part
        self.free.removeAll { other in
            guard other.upperBound == part.lowerBound || other.lowerBound == part.upperBound else { return false }
            part = min(part.lowerBound, other.lowerBound)..<max(part.upperBound, other.upperBound)
            return true
        }
        let place = self.free.firstIndex { $0.lowerBound > part.lowerBound } ?? self.free.endIndex
        self.free.insert(part, at: place)
    }
}
