import ObjectModel
import Storage

/// Finds a predecessor for each new object that has one, by walking from the roots of new versions and of those before
/// them down to where they are the same.
///
/// Children are stored before what refers to them, so blocks are read from the newest to the oldest, and nearly every one
/// of them once.
struct SuccessorSearch {
    /// One new object and its predecessor: what is below them waits here to be matched.
    private struct Step {
        /// New objects below the object, each once, in order.
        var objects: [ObjectID]
        var objectOfApplicationID: [[UInt8]: ObjectID]
        /// Objects that only the predecessor leads to, each once, in order; those that are matched already are gone.
        var bases: [ObjectID]
        var unreadCount: Int
    }

    /// Of each new object, the object that it took the place of.
    private(set) var bases: [ObjectID: ObjectID] = [:]
    private(set) var texts: ObjectTexts
    private let own: Set<ObjectID>
    private let reader: DeltaReader
    private var steps: [Step] = []
    private var stepsOfBase: [ObjectID: [Int]] = [:]
    /// Objects that are to be read and whose place is not known yet.
    private var unplaced: [ObjectID] = []
    private var slotsOfBlock: [BlockID: [UInt32]] = [:]

    /// - Parameters:
    ///   - texts: keeps what is read.
    ///   - own: the new objects that get a predecessor.
    ///   - reader: may be sent what leans on objects that it holds.
    init(_ texts: ObjectTexts, among own: Set<ObjectID>, for reader: DeltaReader) {
        self.texts = texts
        self.own = own
        self.reader = reader
    }

    /// Reads its new objects and walks down while the texts that it has read stay within `Limits.deltaByteCountMax`.
    mutating func run(from roots: [SuccessorMatch.Pair]) async throws {
        guard !roots.isEmpty else { return }
        try await self.texts.load(self.own)
        for root in roots {
            guard self.texts.byteCount < Limits.deltaByteCountMax else { break }
            self.bases[root.object] = root.base
            try await self.texts.load([root.base])
            self.expand(root)
        }
        try await self.place()
        while !self.slotsOfBlock.isEmpty, self.texts.byteCount < Limits.deltaByteCountMax {
            let blocks = try await self.texts.decode(
                self.slotsOfBlock.keys.sorted(by: >).prefix(Limits.deltaReadCountMax))
            // What is below an object often stands in the same block.
            while let block = blocks.first(where: { self.slotsOfBlock[$0.id] != nil }) {
                for slot in self.slotsOfBlock.removeValue(forKey: block.id) ?? [] { self.read(slot, of: block.block) }
                try await self.place()
            }
        }
    }

    private mutating func place() async throws {
        guard !self.unplaced.isEmpty else { return }
        for read in try await self.texts.plan(self.unplaced).reads {
            self.slotsOfBlock[read.block, default: []] += read.slots
        }
        self.unplaced.removeAll()
    }

    private mutating func read(_ slot: UInt32, of block: DecodedBlock) {
        let id = block.ids[Int(slot)]
        self.texts.keep(block.text(at: slot), of: id)
        for step in self.stepsOfBase.removeValue(forKey: id) ?? [] { self.candidate(id, for: step) }
    }

    /// The text of an object that only the predecessor of `step` leads to is there.
    private mutating func candidate(_ base: ObjectID, for step: Int) {
        self.steps[step].unreadCount -= 1
        if let name = self.traits(of: base).applicationID,
            let object = self.steps[step].objectOfApplicationID.removeValue(forKey: name)
        {
            self.steps[step].bases.removeAll { $0 == base }
            self.accept(SuccessorMatch.Pair(object: object, base: base))
        }
        guard self.steps[step].unreadCount == 0 else { return }
        let objects = self.steps[step].objects.filter { self.bases[$0] == nil }.map { ($0, self.traits(of: $0).type) }
        let rest = self.steps[step].bases.map { ($0, self.traits(of: $0).type) }
        for pair in SuccessorMatch.pairsInOrder(objects, rest) { self.accept(pair) }
    }

    private mutating func accept(_ pair: SuccessorMatch.Pair) {
        guard self.bases[pair.object] == nil else { return }
        self.bases[pair.object] = pair.base
        self.expand(pair)
    }

    private mutating func expand(_ pair: SuccessorMatch.Pair) {
        let (below, belowBase) = (self.references(of: pair.object), self.references(of: pair.base))
        let objects = SuccessorMatch.changed(below, besides: belowBase).filter {
            self.own.contains($0) && self.bases[$0] == nil
        }
        guard !objects.isEmpty else { return }
        let bases = SuccessorMatch.changed(belowBase, besides: below).filter(self.reader.holds)
        guard !bases.isEmpty else { return }
        let names = objects.compactMap { id in self.traits(of: id).applicationID.map { ($0, id) } }
        let step = self.steps.count
        self.steps.append(
            Step(
                objects: objects, objectOfApplicationID: Dictionary(names) { first, _ in first }, bases: bases,
                unreadCount: bases.count))
        for base in bases {
            if self.texts[base] != nil {
                self.candidate(base, for: step)
            } else {
                if self.stepsOfBase[base] == nil { self.unplaced.append(base) }
                self.stepsOfBase[base, default: []].append(step)
            }
        }
    }

    private func traits(of id: ObjectID) -> SuccessorMatch.Traits {
        SuccessorMatch.Traits(self.texts[id] ?? [])
    }

    /// What the object refers to, in the order of its text. A text in an unusual form counts as a leaf.
    private func references(of id: ObjectID) -> [ObjectID] {
        guard let text = self.texts[id] else { return [] }
        var references: [ObjectID] = []
        let outcome = text.withUnsafeBytes { ReferenceFinder.find(in: $0, into: &references) }
        return outcome == .done ? references : []
    }
}
