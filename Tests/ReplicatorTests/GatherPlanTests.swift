import StorageTestKit
import Testing

@testable import Replicator

/// Which source brings which part, whatever the sources do (Spec §9.5).
@Suite struct GatherPlanTests {
    private static func plan(_ count: UInt64, ends: [UInt64], partCountMax: UInt64 = 16) -> GatherPlan {
        var plan = GatherPlan(
            0..<count, lead: 0, partCountMax: partCountMax, sourceCount: max(1, ends.count))
        for (source, end) in ends.enumerated() { plan.join(source, end: end) }
        return plan
    }

    private static func next(_ source: Int, _ plan: inout GatherPlan) throws -> GatherPlan.Part {
        let part = plan.next(for: source)
        return try #require(part)
    }

    /// Stores everything whose turn it is; each object is new.
    private static func storeAll(_ plan: inout GatherPlan) -> [GatherPlan.Part] {
        var stored: [GatherPlan.Part] = []
        while let part = plan.nextToStore {
            #expect(plan.stored(part, addedCount: part.count, knownCount: 0) == .none)
            stored.append(part)
        }
        return stored
    }

    @Test("a source that is alone brings everything, in parts that get smaller towards the end")
    func alone() {
        var plan = Self.plan(1_000, ends: [1_000], partCountMax: 160)
        var counts: [Int] = []
        var next: UInt64 = 0
        while let part = plan.next(for: 0) {
            #expect(part.lowerBound == next)
            next = part.upperBound
            counts.append(part.count)
            #expect(plan.brought(part, by: 0) == .keep(others: []))
            #expect(Self.storeAll(&plan) == [part])
        }
        #expect(next == 1_000 && plan.isOver && plan.frontier == 1_000)
        #expect(counts[0] == 160 && counts == counts.sorted(by: >), "\(counts)")
        #expect(counts.last.map { $0 <= 10 } == true, "the tail is short: \(counts)")
    }

    @Test("parts are stored in the order of their ordinals, whoever is faster")
    func order() throws {
        var plan = Self.plan(64, ends: [64, 64], partCountMax: 4)
        let first = try Self.next(0, &plan)
        let second = try Self.next(1, &plan)
        #expect(plan.brought(second, by: 1) == .keep(others: []))
        #expect(plan.nextToStore == nil && plan.frontier == 0)
        #expect(plan.brought(first, by: 0) == .keep(others: []))
        #expect(Self.storeAll(&plan) == [first, second])
        #expect(plan.frontier == second.upperBound)
    }

    @Test("a source is not let further ahead than memory allows; then it helps the slow one")
    func ahead() throws {
        var plan = Self.plan(10_000, ends: [10_000, 10_000], partCountMax: 4)
        let slow = try Self.next(0, &plan)
        var brought = 0
        while let part = plan.next(for: 1), part != slow {
            #expect(part.upperBound <= 4 * UInt64(2 * Limits.partsAheadCount))
            #expect(plan.brought(part, by: 1) == .keep(others: []))
            brought += 1
        }
        #expect(brought == 2 * Limits.partsAheadCount - 1)
        #expect(plan.next(for: 1) == nil, "it brings the slow part once")
        #expect(plan.brought(slow, by: 1) == .keep(others: [0]))
        #expect(!plan.isCarrying(slow, 0))
        #expect(plan.brought(slow, by: 0) == .discard)
        #expect(Self.storeAll(&plan).count == brought + 1)
    }

    @Test("SOURCES-4: what a dropped source was asked for goes to others; what it brought stays")
    func dropped() throws {
        var plan = Self.plan(40, ends: [40, 40], partCountMax: 8)
        let mine = try Self.next(0, &plan)
        let brought = try Self.next(1, &plan)
        let open = try Self.next(1, &plan)
        #expect(plan.brought(brought, by: 1) == .keep(others: []))
        plan.drop(1)
        #expect(plan.next(for: 1) == nil)
        #expect(plan.brought(open, by: 1) == .discard)
        #expect(plan.brought(mine, by: 0) == .keep(others: []))
        #expect(Self.storeAll(&plan) == [mine, brought])
        let again = try Self.next(0, &plan)
        #expect(again.lowerBound == open.lowerBound)
    }

    @Test("a source is asked for nothing behind the end of its journal, and nobody for what nobody has")
    func shorter() throws {
        var plan = Self.plan(40, ends: [40, 10], partCountMax: 40)
        let part = try Self.next(1, &plan)
        #expect(part.upperBound <= 10)
        #expect(plan.brought(part, by: 1) == .keep(others: []))
        _ = Self.storeAll(&plan)
        var last = part
        while let part = plan.next(for: 1) {
            #expect(part.upperBound <= 10)
            _ = plan.brought(part, by: 1)
            _ = Self.storeAll(&plan)
            last = part
        }
        #expect(last.upperBound == 10 && !plan.isOver)
        plan.drop(0)
        #expect(plan.isOver, "what is left is on the lead alone")
    }

    @Test("a part that cannot be gathered is left out, once for all")
    func skipped() throws {
        var plan = Self.plan(8, ends: [8, 8], partCountMax: 4)
        let part = try Self.next(0, &plan)
        #expect(plan.skip(part, by: 0) == [])
        #expect(plan.skip(part, by: 0) == [])
        var seen: [GatherPlan.Part] = []
        while let other = plan.next(for: 1) {
            seen.append(other)
            _ = plan.brought(other, by: 1)
            _ = Self.storeAll(&plan)
        }
        #expect(!seen.contains { $0.overlaps(part) } && plan.isOver)
    }

    @Test("SOURCES-5: a source with another order is dropped, and others bring what it was asked for")
    func misordered() throws {
        var plan = Self.plan(64, ends: [64, 64], partCountMax: 8)
        let mine = try Self.next(0, &plan)
        let wrong = try Self.next(1, &plan)
        let unstored = try Self.next(1, &plan)
        for (part, source) in [(mine, 0), (wrong, 1), (unstored, 1)] { _ = plan.brought(part, by: source) }
        #expect(plan.nextToStore == mine)
        // The lead brings objects that were here: nothing is said about its order.
        #expect(plan.stored(mine, addedCount: 0, knownCount: mine.count) == .none)
        #expect(plan.nextToStore == wrong)
        let event = plan.stored(wrong, addedCount: wrong.count / 2, knownCount: wrong.count - wrong.count / 2)
        #expect(event == .misordered(source: 1, unstored: [unstored]))
        #expect(plan.nextToStore == nil && plan.frontier == wrong.lowerBound)
        #expect(plan.next(for: 1) == nil)
        #expect(plan.next(for: 0)?.lowerBound == wrong.lowerBound)
    }

    @Test("when all sources are gone it is over, whatever was brought and waits for what was not")
    func deserted() throws {
        var plan = Self.plan(64, ends: [64, 64], partCountMax: 8)
        _ = try Self.next(0, &plan)
        let part = try Self.next(1, &plan)
        #expect(plan.brought(part, by: 1) == .keep(others: []))
        plan.drop(0)
        #expect(!plan.isOver)
        plan.drop(1)
        #expect(plan.isOver && plan.nextToStore == nil && plan.frontier == 0)
    }

    @Test("nothing to bring is over at once, and so is a gathering without sources")
    func nothing() {
        #expect(Self.plan(0, ends: [0]).isOver)
        #expect(Self.plan(5, ends: []).isOver)
        #expect(!Self.plan(5, ends: [5]).isOver)
    }

    @Test("SOURCES-3: random sources that come, go, fail and race bring it all", arguments: 0..<300 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        let count = UInt64(1 + below(2_000))
        let sourceCount = 1 + below(5)
        var plan = GatherPlan(
            0..<count, lead: 0, partCountMax: UInt64(1 + below(100)), sourceCount: sourceCount)
        plan.join(0, end: count)
        var joined: Set = [0]
        var running: [(part: GatherPlan.Part, source: Int)] = []
        var bringers: [GatherPlan.Part: Int] = [:]
        /// Who brought each ordinal that is stored.
        var owners = [Int?](repeating: nil, count: Int(count))
        var lastBound: UInt64 = 0
        var isOrdered = true
        var stepCount = 0
        while !plan.isOver {
            stepCount += 1
            try #require(stepCount < 100_000, "seed \(seed): the gathering does not come to its end")
            if let part = plan.nextToStore, below(3) > 0 {
                isOrdered = isOrdered && part.lowerBound >= lastBound
                lastBound = part.upperBound
                for ordinal in part { owners[Int(ordinal)] = bringers[part] }
                let knownCount = below(4) == 0 ? part.count : 0
                let event = plan.stored(part, addedCount: part.count - knownCount, knownCount: knownCount)
                if case .misordered(let source, _) = event {
                    #expect(source != 0)
                    running.removeAll { $0.source == source }
                    // What it brought is to come again, from others.
                    for ordinal in owners.indices where owners[ordinal] == source { owners[ordinal] = nil }
                    lastBound = 0
                }
            }
            let source = below(sourceCount)
            switch below(20) {
            case 0 where source > 0:
                plan.drop(source)
                running.removeAll { $0.source == source }
            case 1 where !joined.contains(source):
                joined.insert(source)
                plan.join(source, end: count - UInt64(below(Int(count))))
            case 2..<10:
                guard running.count(where: { $0.source == source }) < Limits.partsInFlightCount else { continue }
                guard let part = plan.next(for: source) else { continue }
                #expect(!part.isEmpty && part.upperBound <= count)
                running.append((part, source))
            default:
                guard let place = running.indices.randomElement(using: &random) else { continue }
                let errand = running.remove(at: place)
                guard case .keep(let others) = plan.brought(errand.part, by: errand.source) else { continue }
                bringers[errand.part] = errand.source
                running.removeAll { $0.part == errand.part && others.contains($0.source) }
            }
        }
        #expect(isOrdered, "seed \(seed)")
        #expect(!owners.contains(nil), "seed \(seed)")
        #expect(plan.frontier == count)
    }
}
