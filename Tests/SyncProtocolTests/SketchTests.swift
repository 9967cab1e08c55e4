import ObjectModel
import SyncProtocol
import Testing

/// Keyed ids, cells and what they tell about two sets.
@Suite struct SketchTests {
    private static let vector = Vector.sketch()
    private static let vectorKey = SketchKey([UInt8](hex: vector["key"]?.text ?? ""))

    /// Decodes two sets by cells that come in ranges of the given length.
    private static func decode(
        ours: [ObjectID], theirs: [ObjectID], key: SketchKey, by count: Int, limit: Int = 1 << 16
    ) -> (SketchDecoder, SketchDifference?) {
        var (our, their) = (SketchEncoder(ours, key: key), SketchEncoder(theirs, key: key))
        var decoder = SketchDecoder(ours: our.digest, theirs: their.digest)
        while decoder.cellCount < limit {
            let end = decoder.cellCount + count
            let step = decoder.add(their.cells(upTo: end), minus: our.cells(upTo: end))
            if case .complete(let difference) = step { return (decoder, difference) }
            guard step == .needMore else { break }
        }
        return (decoder, nil)
    }

    private static func keyed(_ ids: [ObjectID], _ key: SketchKey) -> [UInt64] { ids.map(key.keyed).sorted() }

    // MARK: Keyed ids

    @Test("RECON-2: a keyed id is SipHash-2-4, as its authors' vector has it")
    func sipHash() throws {
        let id = try #require(ObjectID(hex: Self.vector["message"]?.text ?? ""))
        #expect(Self.vectorKey.keyed(id) == 0x3F2A_CC7F_57C2_9BDB)
        #expect(Self.vectorKey.bytes == Array(0..<16))
    }

    @Test("RECON-3, RECON-6: digest, cells and difference of the vector's sets")
    func vectorSets() throws {
        var encoders: [SketchEncoder] = []
        for name in ["theirs", "ours"] {
            let side = try #require(Self.vector[name])
            let ids = try #require(side["ids"]?.list).compactMap { ObjectID(hex: $0.text ?? "") }
            #expect(ids.map { JSONValue.text(Self.digits(Self.vectorKey.keyed($0))) } == side["keyed"]?.list)
            var encoder = SketchEncoder(ids, key: Self.vectorKey)
            encoders.append(encoder)
            #expect(side["digest"] == .object(encoder.digest.described))
            let payload = SketchMessage(digest: encoder.digest, cells: encoder.cells(upTo: 40)).encoded()
            #expect(JSONValue.hex(payload).text?.hasSuffix(side["cells"]?.text ?? "?") == true)
        }
        var decoder = SketchDecoder(ours: encoders[1].digest, theirs: encoders[0].digest)
        let step = decoder.add(encoders[0].cells(upTo: 40), minus: encoders[1].cells(upTo: 40))
        guard case .complete(let difference) = step else {
            Issue.record("not decoded")
            return
        }
        #expect(difference.onlyTheirs.map { .text(Self.digits($0)) } == Self.vector["onlyTheirs"]?.list)
        #expect(difference.onlyOurs.map { .text(Self.digits($0)) } == Self.vector["onlyOurs"]?.list)
    }

    @Test("RECON-4, RECON-5: checksums and places of the vector, up to the last cell that may be")
    func vectorPlaces() throws {
        let ids = try #require(Self.vector["theirs"]?["ids"]?.list).compactMap { ObjectID(hex: $0.text ?? "") }
        for (number, places) in try #require(Self.vector["places"]?.list).enumerated() {
            var encoder = SketchEncoder([ids[number]], key: Self.vectorKey)
            // In ranges, the last of them huge.
            let cells = [1, 2, 50, 4000, 1 << 22].flatMap { encoder.cells(upTo: $0) }
            let found = cells.indices.filter { cells[$0] != SketchCell() }
            #expect(found.map { .number(UInt64($0)) } == places.list)
            let member = Self.vectorKey.keyed(ids[number])
            #expect(found.allSatisfy { cells[$0].count == 1 && cells[$0].ids == member })
            let checksum = try #require(Self.vector["checksums"]?.list?[number].text)
            #expect(UInt32(checksum, radix: 16) == cells[0].checksums)
        }
    }

    @Test("RECON-5: the places of many members, to the last bit")
    func manyPlaces() throws {
        let ids = (0..<5000).map { ObjectID(high: 0, low: $0) }
        var encoder = SketchEncoder(ids, key: Self.vectorKey)
        var (sum, place): (UInt64, UInt64) = (0, 0)
        for cell in encoder.cells(upTo: 65_536) {
            place += 1
            sum &+= place &* (cell.ids &+ UInt64(cell.count))
        }
        #expect(.text(Self.digits(sum)) == Self.vector["many"]?["sum"])
    }

    @Test("RECON-6: cells do not depend on the ranges that they are asked for in", arguments: 0..<6 as Range<UInt64>)
    func ranges(seed: UInt64) {
        var random = Seeded(seed)
        let ids = SampleIDs.of(0..<1500)
        let key = SampleIDs.key(seed)
        var whole = SketchEncoder(ids, key: key)
        let expected = whole.cells(upTo: 700)
        var parts = SketchEncoder()
        parts.insert(Array(ids.prefix(400)), key: key)
        parts.insert(Array(ids.dropFirst(400)), key: key)
        #expect(parts.digest == whole.digest)
        var cells: [SketchCell] = []
        while cells.count < 700 {
            let end = min(700, cells.count + 1 + random.below([3, 40, 300][random.below(3)]))
            cells += parts.cells(upTo: end)
            #expect(parts.cells(upTo: end).isEmpty && parts.cellCount == end)
        }
        #expect(cells == expected)
        #expect(expected[0].count == 1500 && expected[0].ids == ids.reduce(0) { $0 ^ key.keyed($1) })
    }

    @Test("RECON-5: a member falls into cell i with the probability (2i + 2) / (i + 1.5)^2")
    func density() {
        var encoder = SketchEncoder(SampleIDs.of(0..<40_000), key: SampleIDs.key(3))
        let cells = encoder.cells(upTo: 1000)
        for index in [1, 2, 3, 7, 20, 99, 500, 999] {
            let place = Double(index)
            let expected = 40_000 * (2 * place + 2) / ((place + 1.5) * (place + 1.5))
            #expect(abs(Double(cells[index].count) - expected) < 5 * expected.squareRoot())
        }
    }

    // MARK: Differences

    @Test("RECON-7: differences of every size are found, on both sides", arguments: [0, 1, 2, 3, 10, 100, 1500])
    func differences(count: Int) throws {
        for (theirs, ours) in [(count, 0), (0, count), (count, count), (count, 3)] {
            let key = SampleIDs.key(UInt64(17 * theirs + ours))
            let (first, second) = (
                SampleIDs.of(0..<(50 + theirs)), SampleIDs.of(0..<50) + SampleIDs.of(9000..<9000 + ours)
            )
            let (decoder, difference) = Self.decode(ours: second, theirs: first, key: key, by: 1 + (theirs + ours) / 20)
            let expected = SketchDifference(
                onlyTheirs: Self.keyed(Array(first.dropFirst(50)), key),
                onlyOurs: Self.keyed(Array(second.dropFirst(50)), key))
            #expect(difference == expected)
            if theirs + ours > 100 { #expect(decoder.cellCount < 8 * (theirs + ours) / 5) }
        }
    }

    @Test("RECON-7: sets that have nothing in common, one of them empty")
    func disjoint() {
        let ids = SampleIDs.of(0..<30)
        let key = SampleIDs.key(5)
        for (ours, theirs) in [(ids, []), ([], ids), (Array(ids.prefix(12)), Array(ids.dropFirst(12)))] {
            let (_, difference) = Self.decode(ours: ours, theirs: theirs, key: key, by: 8)
            #expect(difference?.onlyOurs == Self.keyed(ours, key))
            #expect(difference?.onlyTheirs == Self.keyed(theirs, key))
        }
    }

    @Test(
        "RECON-7: any cells end, and take out no more members than there are cells", arguments: 0..<12 as Range<UInt64>)
    func hostileCells(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<60 {
            var decoder = SketchDecoder(
                ours: SetDigest(count: random.below(50), sum: random.next()),
                theirs: SetDigest(count: random.below(1 << 31), sum: random.next()))
            var own = SketchEncoder(SampleIDs.of(0..<random.below(80)), key: SampleIDs.key(seed))
            for _ in 0..<4 {
                let count = 1 + random.below(90)
                let cells = (0..<count).map { _ in Self.hostileCell(&random) }
                let step = decoder.add(cells, minus: own.cells(upTo: own.cellCount + count))
                if case .complete = step { Issue.record("nonsense was decoded") }
                #expect(decoder.estimatedCount >= 0 && decoder.cellCountWanted > decoder.cellCount)
                if step == .inconsistent { break }
            }
        }
    }

    /// Cells that look like one member alone, and the largest numbers.
    private static func hostileCell(_ random: inout Seeded) -> SketchCell {
        let count = [0, 1, -1, Int32.max, Int32.min, Int32(truncatingIfNeeded: random.next())][random.below(6)]
        let ids = random.below(4) == 0 ? [0, .max, 1][random.below(3)] : random.next()
        if random.below(2) == 0 {
            // The checksum of one keyed id is that of a set which has it alone.
            let id = SampleIDs.of(random.below(40)..<90)[0]
            var alone = SketchEncoder([id], key: SampleIDs.key(77))
            var cell = alone.cells(upTo: 1)[0]
            cell.count = count
            return cell
        }
        return SketchCell(ids: ids, checksums: UInt32(truncatingIfNeeded: random.next()), count: count)
    }

    @Test("RECON-7: the same member in cell after cell is taken out of its own cells only, once")
    func repeatedMember() {
        var alone = SketchEncoder(SampleIDs.of(0..<1), key: SampleIDs.key(1))
        let cell = alone.cells(upTo: 1)[0]
        var decoder = SketchDecoder(ours: SetDigest(), theirs: alone.digest)
        let cells = [SketchCell](repeating: cell, count: 5000)
        let step = decoder.add(cells, minus: [SketchCell](repeating: SketchCell(), count: 5000))
        #expect(step == .complete(SketchDifference(onlyTheirs: [cell.ids])))
    }

    @Test("RECON-7: cells that give back what was taken out come to an end")
    func endlessCells() {
        let key = SampleIDs.key(6)
        // Two members of cells 0 and 1. Cell 0 has one of them only: taking the other one out puts it in again.
        let both = SampleIDs.of(0..<40).filter { id in
            var alone = SketchEncoder([id], key: key)
            return alone.cells(upTo: 2)[1].count == 1
        }
        var (one, two) = (
            SketchEncoder(Array(both.prefix(1)), key: key), SketchEncoder(Array(both.prefix(2)), key: key)
        )
        var decoder = SketchDecoder(ours: SetDigest(), theirs: two.digest)
        let cells = [one.cells(upTo: 2)[0], two.cells(upTo: 2)[1]]
        #expect(cells.map(\.count) == [1, 2])
        #expect(decoder.add(cells, minus: [SketchCell(), SketchCell()]) == .inconsistent)
    }

    @Test("RECON-8: a difference that does not lead to the digest of the peer is refused")
    func wrongDigest() {
        let key = SampleIDs.key(2)
        var (our, their) = (
            SketchEncoder(SampleIDs.of(0..<10), key: key), SketchEncoder(SampleIDs.of(0..<13), key: key)
        )
        for wrong in [
            SetDigest(count: 13, sum: their.digest.sum &+ 1), SetDigest(count: 12, sum: their.digest.sum),
        ] {
            var decoder = SketchDecoder(ours: our.digest, theirs: wrong)
            #expect(decoder.add(their.cells(upTo: 60), minus: our.cells(upTo: 60)) == .inconsistent)
            (our, their) = (
                SketchEncoder(SampleIDs.of(0..<10), key: key), SketchEncoder(SampleIDs.of(0..<13), key: key)
            )
        }
    }

    @Test("RECON-3: digests of equal sets are equal in any order, and of others not")
    func digests() {
        let ids = SampleIDs.of(0..<1000)
        let key = SampleIDs.key(9)
        let digest = SketchEncoder(ids, key: key).digest
        #expect(SketchEncoder(ids.reversed(), key: key).digest == digest)
        #expect(SketchEncoder(Array(ids.dropLast()) + SampleIDs.of(5000..<5001), key: key).digest != digest)
        #expect(SketchEncoder(ids, key: SampleIDs.key(10)).digest.sum != digest.sum)
        #expect(SketchEncoder().digest == SetDigest())
    }

    private static func digits(_ word: UInt64) -> String {
        JSONValue.hex((0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }).text ?? ""
    }
}
