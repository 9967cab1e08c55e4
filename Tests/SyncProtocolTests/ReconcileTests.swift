import ObjectModel
import SyncProtocol
import Testing

/// RECONCILE between two machines, and between two whole connections.
@Suite struct ReconcileTests {
    private static func expectFound(_ run: Reconciliation, missing: [ObjectID], surplus: [ObjectID]) {
        #expect(run.outcome.map { Set($0.missing) } == Set(missing))
        #expect(run.outcome?.surplus == surplus.map(run.key.keyed).sorted())
        #expect(run.outcome?.goneCount == 0)
    }

    // MARK: Whole conversations

    @Test("RECON-10: equal sets are known by one answer without cells", arguments: [0, 1, 2000])
    func equal(count: Int) {
        let ids = SampleIDs.of(0..<count)
        let run = Reconciliation(ours: ids.reversed(), theirs: ids)
        #expect(run.result == .equal(MoreMessage()))
        #expect(run.frames.map { $0[3] } == [0x28, 0x29, 0x2A] && run.frames.map { $0[4] } == [0, 1, 1])
        #expect(run.cellCount == 0 && run.byteCount < 100)
    }

    @Test("RECON-1: small sets without a common object")
    func disjoint() {
        let (ours, theirs) = (SampleIDs.of(0..<7), SampleIDs.of(7..<12))
        Self.expectFound(Reconciliation(ours: ours, theirs: theirs), missing: theirs, surplus: ours)
        Self.expectFound(Reconciliation(ours: [], theirs: theirs), missing: theirs, surplus: [])
        Self.expectFound(Reconciliation(ours: ours, theirs: []), missing: [], surplus: ours)
    }

    @Test("RECON-1: one object of 100,000")
    func oneOfMany() {
        let ids = SampleIDs.of(0..<100_000)
        let run = Reconciliation(ours: Array(ids.dropLast()), theirs: ids)
        Self.expectFound(run, missing: [ids[99_999]], surplus: [])
        #expect(run.frames.map { $0[3] } == [0x28, 0x29, 0x2A, 0x2B])
        #expect(run.byteCount <= 1200)
    }

    @Test(
        "RECON-15: 1,000 of a million objects take at most 30 KB of cells",
        arguments: [(1_000_000, 1000), (100_000, 600)])
    func thousandOfAMillion(count: Int, missingCount: Int) {
        let all = SampleIDs.of(0..<count)
        let (theirs, ours) = (Array(all.dropFirst(1000 - missingCount)), Array(all.dropLast(missingCount)))
        let run = Reconciliation(ours: ours, theirs: theirs)
        Self.expectFound(
            run, missing: Array(all.suffix(missingCount)), surplus: Array(all.prefix(1000 - missingCount)))
        #expect(run.sketchByteCount <= 30_000)
        #expect(run.sketchCount <= 5)
        #expect(run.byteCount <= 30_000 + missingCount * 24 + 200)
    }

    @Test("RECON-15: overshoot and rounds stay small", arguments: [200, 1000, 5000])
    func growth(count: Int) {
        let ids = SampleIDs.of(0..<count)
        var (cells, rounds) = (0, 0)
        for seed in 0..<20 as Range<UInt64> {
            let run = Reconciliation(
                ours: Array(ids.prefix(count / 2)), theirs: Array(ids.suffix(count / 2)), seed: seed)
            #expect(run.outcome?.missing.count == count / 2)
            cells += run.cellCount
            rounds += run.sketchCount
        }
        // Most differences are decoded by 1.4 cells for each member.
        #expect(Double(cells) / 20 < 1.25 * 1.4 * Double(count))
        #expect(rounds <= 20 * 5)
    }

    @Test("RECON-12: more names than one message holds are asked for in several")
    func manyNames() {
        let ids = SampleIDs.of(0..<36_000)
        let run = Reconciliation(ours: Array(ids.prefix(500)), theirs: Array(ids.dropFirst(100)))
        Self.expectFound(run, missing: Array(ids.dropFirst(500)), surplus: Array(ids.prefix(100)))
        #expect(run.frames.suffix(6).map { $0[3] } == [0x2A, 0x2B, 0x2A, 0x2B, 0x2A, 0x2B])
        #expect(run.frames.suffix(6).map { $0[4] } == [0, 0, 0, 0, 1, 1])
        #expect(run.frames.allSatisfy { $0.count <= FrameHeader.byteCount + Limits.frameByteCountDefault })
    }

    @Test("RECON-15: sets that differ more than the caller wants to know are given up early")
    func tooDifferent() {
        let (ours, theirs) = (SampleIDs.of(0..<3000), SampleIDs.of(3000..<6000))
        let run = Reconciliation(ours: ours, theirs: theirs, cellCountMax: 2000)
        guard case .tooDifferent(let count) = run.result else {
            Issue.record("not given up")
            return
        }
        #expect((3000...12_000).contains(count) && run.cellCount <= 200)
    }

    @Test("RECON-1: over connections, beside other streams", arguments: 0..<8 as Range<UInt64>)
    func connections(seed: UInt64) {
        let node = SampleNode.filled(blockCount: 9)
        let theirs = node.objects.keys.sorted()
        let ours = Array(theirs.dropFirst(3)) + SampleIDs.of(0..<2)
        let link = Link(serving: node, seed: seed)
        link.run()
        let (sink, equal) = (ReconcileSink(ours), ReconcileSink(theirs.reversed()))
        let fetch = FetchSink(SampleReplica())
        sink.start(on: link.dialler)
        equal.start(on: link.dialler)
        fetch.start(on: link.dialler)
        link.run()
        #expect(sink.outcome.map { Set($0.missing) } == Set(theirs.prefix(3)))
        #expect(sink.outcome?.surplus.count == 2 && sink.failure == nil)
        #expect(equal.isEqual && fetch.done != nil)
        #expect(link.dialler.isOpen && link.acceptor.isOpen)
        #expect(link.dialler.drivers.isEmpty && link.acceptor.drivers.isEmpty)
    }

    @Test("AUTH-6: a project that is not there")
    func unknownProject() {
        let link = Link(serving: .filled(), seed: 2)
        link.run()
        let sink = ReconcileSink([], project: ProjectID(rawValue: "0000000000"))
        sink.start(on: link.dialler)
        link.run()
        #expect(sink.failure == .projectUnknown && link.dialler.isOpen)
    }

    // MARK: Messages

    /// One message of each kind, and of each form.
    static let messages: [Message] = {
        var sketch = SketchEncoder(SampleIDs.of(0..<300), key: SampleIDs.key(1))
        let digest = sketch.digest
        let names = SampleIDs.of(0..<5).map(SampleIDs.key(1).keyed).sorted()
        return [
            .reconcile(ReconcileMessage(project: Names.project, key: SampleIDs.key(1), digest: digest)),
            .sketch(SketchMessage(digest: digest, cells: sketch.cells(upTo: 20))),
            .sketch(SketchMessage(firstCell: 20, cells: sketch.cells(upTo: 30))),
            .sketch(SketchMessage(digest: digest)), .more(MoreMessage(cellEnd: 1 << 22)),
            .more(MoreMessage(keyedIDs: names)), .more(MoreMessage()), .ids(IDsMessage(ids: SampleIDs.of(0..<5))),
            .ids(IDsMessage()),
        ]
    }()

    @Test("FIELD-1: each message whole, and cut short at every byte", arguments: messages)
    func wholeAndCut(_ message: Message) throws {
        let payload = Array(message.frame(stream: 1).dropFirst(FrameHeader.byteCount))
        #expect(try Message(message.type, decoding: payload.span.bytes) == message)
        for end in 0..<payload.count {
            let cut = Array(payload.prefix(end))
            do throws(WireError) {
                // What ends between two fields may be a message, but another one.
                #expect(try Message(message.type, decoding: cut.span.bytes) != message)
            } catch {
                #expect([.truncated, .missingField].contains(error.code))
            }
        }
    }

    @Test("SKETCH-2: as many cells as a message may have, and one more")
    func mostCells() throws {
        let cell = SketchCell(ids: .max, checksums: .max, count: .max)
        let most = [SketchCell](repeating: cell, count: Limits.sketchMessageCellCountMax)
        let message = SketchMessage(digest: SetDigest(count: Limits.sketchObjectCountMax, sum: .max), cells: most)
        let payload = message.encoded()
        #expect(payload.count <= Limits.frameByteCountDefault)
        #expect(try SketchMessage(decoding: payload.span.bytes) == message)
        let value = (0...most.count).flatMap { _ in [UInt8](repeating: 0, count: 13) }
        var above: [UInt8] = [4, 8] + [UInt8](repeating: 0, count: 8) + [8]
        Varint.encode(UInt64(value.count), into: &above)
        above += value
        #expect(throws: WireError(.invalidField, tag: 8)) { _ = try SketchMessage(decoding: above.span.bytes) }
    }

    @Test("MORE-2, IDS-1: as many names as a message may have, and one more")
    func mostNames() throws {
        let names = (0..<UInt64(Limits.namedCountMax)).map { $0 << 30 }
        let more = MoreMessage(keyedIDs: names)
        #expect(try MoreMessage(decoding: more.encoded().span.bytes) == more)
        let ids = IDsMessage(ids: SampleIDs.of(0..<Limits.namedCountMax))
        #expect(try IDsMessage(decoding: ids.encoded().span.bytes) == ids)
        for (tag, byteCount) in [(4, 8), (2, 16)] as [(UInt8, Int)] {
            var above = [tag]
            Varint.encode(UInt64((Limits.namedCountMax + 1) * byteCount), into: &above)
            above += [UInt8](repeating: 0, count: (Limits.namedCountMax + 1) * byteCount)
            #expect(throws: WireError(.invalidField, tag: UInt64(tag))) {
                _ = try Message(tag == 4 ? .more : .ids, decoding: above.span.bytes)
            }
        }
    }
}
