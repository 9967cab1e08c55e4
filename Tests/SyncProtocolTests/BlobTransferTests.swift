import ObjectModel
import SyncProtocol
import Testing

/// Files, part by part, with machines that are driven by hand.
@Suite struct BlobTransferTests {
    private static let bytes: [UInt8] = (0..<(BlobParts.partByteCount + 7)).map { UInt8(truncatingIfNeeded: $0 / 3) }
    private static let parts: BlobParts = {
        var hasher = BlobHasher()
        Self.bytes.withUnsafeBytes { hasher.update($0) }
        guard let found = hasher.finish() else { preconditionFailure("the file is short") }
        return found.parts
    }()

    private static func part(_ number: Int) -> [UInt8] {
        let range = self.parts.range(of: number)
        return Array(self.bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    private func client(_ firstPart: Int = 0, _ partCount: Int = 0) -> BlobClient {
        BlobClient(
            BlobMessage(
                project: Names.project, digest: Self.parts.digest, firstPart: firstPart, partCount: partCount))
    }

    private func server() throws -> PutServer {
        let frame = Frame(PutMessage(project: Names.project, parts: Self.parts))
        return try PutServer(frame.header, payload: frame.payload.span.bytes)
    }

    private static func stored(_ numbers: [Int]) -> [PartStep] {
        numbers.flatMap { [.began(byteCount: self.parts.byteCount(of: $0)), .store(part: $0, self.part($0))] }
    }

    @Test("PART-2: parts come whole, wherever DATA was cut", arguments: [1 << 20, BlobParts.partByteCount, 262_141])
    func whole(_ size: Int) {
        var client = self.client()
        #expect(client.received(Frame(PartsMessage(Self.parts))) == .begin(Self.parts))
        var steps: [PartStep] = []
        var rest = Self.bytes[...]
        while !rest.isEmpty {
            steps += client.steps(Array(rest.prefix(size)), rest.count <= size ? .end : [])
            rest = rest.dropFirst(size)
        }
        #expect(steps == Self.stored([0, 1]) + [.finish])
    }

    @Test("BLOB-2: a range brings its parts only, and must lie within the file")
    func range() throws {
        var client = self.client(1, 1)
        #expect(client.received(Frame(PartsMessage(Self.parts))) == .begin(Self.parts))
        #expect(client.steps(Self.part(1), []) == Self.stored([1]))
        #expect(client.steps([], .end) == [.finish])
        for (first, count, wanted) in [(0, 0, 0..<2), (1, 0, 1..<2), (2, 0, 2..<2), (0, 1, 0..<1)] {
            let frame = Frame(self.client(first, count).request, .end)
            let server = try BlobServer(frame.header, payload: frame.payload.span.bytes)
            #expect(try server.wanted(of: Self.parts) == wanted)
        }
        for (first, count) in [(3, 0), (0, 3), (2, 1), (8_000, 8_000)] {
            let frame = Frame(self.client(first, count).request, .end)
            let server = try BlobServer(frame.header, payload: frame.payload.span.bytes)
            #expect(throws: WireError(.orderViolated)) { try server.wanted(of: Self.parts) }
            var client = self.client(first, count)
            #expect(client.received(Frame(PartsMessage(Self.parts))) == .failed(.orderViolated))
        }
    }

    @Test("BLOB-1, PUT-1: END stands on a BLOB, and not on a PUT")
    func openings() {
        let blob = Frame(self.client().request)
        let put = Frame(PutMessage(project: Names.project, parts: Self.parts), .end)
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try BlobServer(blob.header, payload: blob.payload.span.bytes)
        }
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try PutServer(put.header, payload: put.payload.span.bytes)
        }
    }

    @Test("PARTS-2: END on PARTS says that nothing follows, and must be right")
    func endOfParts() throws {
        var short = self.client()
        #expect(short.received(Frame(PartsMessage(Self.parts), .end)) == .failed(.truncated))
        var nothing = self.client(2)
        #expect(nothing.received(Frame(PartsMessage(Self.parts))) == .failed(.unexpectedFrame))
        nothing = self.client(2)
        #expect(nothing.received(Frame(PartsMessage(Self.parts), .end)) == .finish)
        let empty = try #require(BlobParts(byteCount: 0, hashes: []))
        var file = BlobClient(BlobMessage(project: Names.project, digest: empty.digest))
        #expect(file.received(Frame(PartsMessage(empty), .end)) == .finish)
    }

    @Test("PART-3: bytes that are missing, left over or out of place end the stream")
    func wrongData() {
        func begun() -> BlobClient {
            var client = self.client(1)
            _ = client.received(Frame(PartsMessage(Self.parts)))
            return client
        }
        var client = begun()
        #expect(client.steps(Array(Self.part(1).dropLast()), .end).last == .failed(.truncated))
        client = begun()
        #expect(client.steps(Self.part(1) + [1], .end) == Self.stored([1]) + [.failed(.orderViolated)])
        client = begun()
        #expect(client.steps([], .end).last == .failed(.truncated))
        client = begun()
        #expect(client.received(Frame(PartsMessage(Self.parts))) == .failed(.unexpectedFrame))
        client = self.client()
        #expect(client.received(Frame(.data, [1])) == .failed(.unexpectedFrame))
    }

    @Test("PART-4: parts of another file are refused")
    func otherParts() throws {
        let other = try #require(BlobParts(byteCount: Self.parts.byteCount, hashes: Self.parts.hashes.reversed()))
        var client = self.client()
        #expect(client.received(Frame(PartsMessage(other))) == .failed(.contentMismatch))
        #expect(Self.parts.matches(Self.part(1)[...], part: 1))
        #expect(!Self.parts.matches(Self.part(1).dropLast(), part: 1))
        #expect(!Self.parts.matches(Self.part(1)[...], part: 0))
    }

    @Test("PUT-2, PART-6: the giving side sends what is needed, and nothing else ends it well")
    func giving() throws {
        func need(_ needed: [Bool], window: UInt64 = 0) -> Frame { Frame(NeedMessage(window: window, needed: needed)) }
        let request = PutMessage(project: Names.project, parts: Self.parts)
        for (needed, sent) in [([true, true], [0, 1]), ([false, true], [1]), ([], [])] {
            var client = PutClient(request)
            #expect(client.received(need(needed)) == .send(sent))
            #expect(client.received(Frame(ResultMessage(outcome: .applied), .end)) == .finish)
        }
        var client = PutClient(request)
        #expect(client.received(need([true], window: 1)) == .failed(.orderViolated))
        client = PutClient(request)
        #expect(client.received(need([false, false, true])) == .failed(.orderViolated))
        client = PutClient(request)
        #expect(client.received(Frame(ResultMessage(outcome: .applied), .end)) == .failed(.unexpectedFrame))
        client = PutClient(request)
        _ = client.received(need([true]))
        #expect(client.received(Frame(ResultMessage(outcome: .applied))) == .failed(.unexpectedFrame))  // PART-7
        client = PutClient(request)
        _ = client.received(need([true]))
        #expect(client.received(Frame(ResultMessage(outcome: .refused), .end)) == .failed(.invalidField))
    }

    @Test("PART-8: the taking side asks for what is missing, and takes that only")
    func taking() throws {
        var server = try self.server()
        #expect(server.received(Frame(.data, [1]).header) == SyncError(.unexpectedFrame, scope: .stream))
        let need = server.needing([1])
        #expect(!need.needs(0) && need.needs(1))
        #expect(server.steps(Self.part(1), .end) == Self.stored([1]) + [.finish])
        server = try self.server()
        #expect(server.needing([]).bitmap.isEmpty)
        #expect(server.steps([1], .end) == [.failed(.orderViolated)])
        server = try self.server()
        _ = server.needing([])
        #expect(server.steps([], .end) == [.finish])
        #expect(
            server.received(Frame(ResultMessage(outcome: .applied)).header)
                == SyncError(.unexpectedFrame, scope: .stream))
    }
}

extension BlobParts {
    fileprivate func matches(_ bytes: ArraySlice<UInt8>, part: Int) -> Bool {
        bytes.withUnsafeBytes { self.matches($0, part: part) }
    }
}

extension PartStep {
    fileprivate static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }

    /// Every step through one DATA payload, the last ``needMore`` left out.
    fileprivate static func all(in bytes: [UInt8], _ next: (RawSpan, inout Int) -> PartStep) -> [PartStep] {
        var (steps, offset): ([PartStep], Int) = ([], 0)
        while true {
            let step = next(bytes.span.bytes, &offset)
            if step == .needMore { return steps }
            steps.append(step)
            switch step {
            case .finish, .fail: return steps
            default: continue
            }
        }
    }
}

extension BlobClient {
    fileprivate mutating func received(_ frame: Frame) -> OnFrame {
        self.received(frame.header, payload: frame.payload.span.bytes)
    }

    fileprivate mutating func steps(_ bytes: [UInt8], _ flags: FrameHeader.Flags) -> [PartStep] {
        guard self.received(Frame(.data, bytes, flags)) == .readData else { return [] }
        return PartStep.all(in: bytes) { self.nextPart(in: $0, at: &$1) }
    }
}

extension BlobClient.OnFrame {
    fileprivate static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }
}

extension PutServer {
    fileprivate mutating func steps(_ bytes: [UInt8], _ flags: FrameHeader.Flags) -> [PartStep] {
        guard self.received(Frame(.data, bytes, flags).header) == nil else { return [] }
        return PartStep.all(in: bytes) { self.nextPart(in: $0, at: &$1) }
    }
}

extension PutClient {
    fileprivate mutating func received(_ frame: Frame) -> OnFrame {
        self.received(frame.header, payload: frame.payload.span.bytes)
    }
}

extension PutClient.OnFrame {
    fileprivate static func failed(_ code: ErrorCode) -> Self { .fail(SyncError(code, scope: .stream)) }
}
