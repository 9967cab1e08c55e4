import ObjectModel
import SyncProtocol

/// Fields of a message by the names of the vectors; those at their defaults are left out.
private struct Members {
    var members: [String: JSONValue] = [:]

    mutating func number(_ name: String, _ value: UInt64, default defaultValue: UInt64 = 0) {
        if value != defaultValue { self.members[name] = .number(value) }
    }

    mutating func number(_ name: String, _ value: Int, default defaultValue: Int) {
        self.number(name, UInt64(value), default: UInt64(defaultValue))
    }

    mutating func text(_ name: String, _ value: String) {
        if !value.isEmpty { self.members[name] = .text(value) }
    }

    mutating func list(_ name: String, _ values: [JSONValue]) {
        if !values.isEmpty { self.members[name] = .list(values) }
    }

    mutating func cursor(_ cursor: JournalCursor?) {
        guard let cursor else { return }
        self.members["cursor"] = .object([
            "epoch": .epoch(cursor.epoch), "nextOrdinal": .number(cursor.nextOrdinal),
        ])
    }

    mutating func marks(_ marks: [OperationMark], _ name: String = "marks") {
        self.list(
            name,
            marks.map { .object(["origin": .text($0.origin.rawValue), "sequence": .number($0.sequence)]) })
    }

    mutating func unfinished(_ block: UnfinishedBlock?) {
        guard let block else { return }
        var header: [UInt8] = []
        block.header.encode(into: &header)
        self.members["unfinished"] = .object([
            "header": .hex(header), "bytes": .number(UInt64(block.byteCount)),
        ])
    }

    mutating func digest(_ digest: ContentHash?) {
        if let digest { self.members["digest"] = .text(digest.description) }
    }
}

extension JSONValue {
    fileprivate static func epoch(_ value: UInt64) -> JSONValue {
        .hex((0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) })
    }
}

extension Message {
    /// The name of the kind in the vectors, and its fields.
    var described: (name: String, fields: JSONValue) {
        var to = Members()
        let name =
            self.describeConnectionMessage(&to) ?? self.describeFetchMessage(&to) ?? self.describePushMessage(&to)
            ?? self.describeReconcileMessage(&to)
        return (name ?? "?", .object(to.members))
    }

    private func describeConnectionMessage(_ to: inout Members) -> String? {
        switch self {
        case .hello(let message):
            let versions = [message.versions.lowerBound, message.versions.upperBound]
            to.list("versions", versions.map { .number(UInt64($0)) })
            to.number("role", message.role.rawValue)
            to.list("capabilities", message.capabilities.map { .number($0.rawValue) })
            to.number("maxFrame", message.frameByteCountMax, default: 256 << 10)
            to.number("rosterVersion", message.rosterVersion)
            to.number("streamCredit", message.streamCredit, default: 1 << 20)
            to.number("connectionCredit", message.connectionCredit, default: 16 << 20)
            to.number("maxStreams", message.streamCountMax, default: 16)
            return "HELLO"
        case .auth(let message):
            switch message.credential {
            case .token(let token): to.text("token", token)
            case .certificate: to.number("node", 1)
            }
            return "AUTH"
        case .ping(let message):
            to.members["nonce"] = .epoch(message.nonce)
            return "PING"
        case .pong(let message):
            to.members["nonce"] = .epoch(message.nonce)
            return "PONG"
        case .credit(let message):
            to.number("bytes", UInt64(message.byteCount))
            return "CREDIT"
        case .error(let message):
            to.number("code", UInt64(message.code.rawValue))
            to.text("text", message.text)
            to.number("retryAfter", message.retryAfterMilliseconds)
            to.text("object", message.object?.hex ?? "")
            return "ERROR"
        case .goAway(let message):
            to.number("lastStream", UInt64(message.lastStream))
            to.number("code", UInt64(message.code.rawValue))
            to.text("alternate", message.alternateAddress)
            return "GOAWAY"
        case .news(let message):
            if let epoch = message.epoch { to.members["epoch"] = .epoch(epoch) }
            to.number("after", message.after)
            return "NEWS"
        case .changed(let message):
            to.members["epoch"] = .epoch(message.epoch)
            to.number("last", message.last)
            to.list("projects", message.projects.map { .text($0.rawValue) })
            return "CHANGED"
        case .join(let message):
            to.members["node"] = message.node.described
            return "JOIN"
        case .joined(let message):
            to.number("version", message.version)
            return "JOINED"
        case .call(let message):
            to.text("method", message.method)
            to.text("target", message.target)
            to.list("headers", message.headers.map(\.described))
            if let lease = message.lease { to.members["lease"] = .hex(lease) }
            return "CALL"
        case .answer(let message):
            to.number("status", UInt64(message.status))
            to.list("headers", message.headers.map(\.described))
            return "ANSWER"
        case .lease(let message):
            to.text("project", message.project.rawValue)
            switch message.proof {
            case .token(let token): to.text("token", token)
            case .lease(let lease): to.members["lease"] = .hex(lease)
            case nil: break
            }
            return "LEASE"
        case .leased(let message):
            to.members["document"] = .hex(message.document)
            to.members["signature"] = .hex(message.signature)
            to.members["key"] = .hex(message.key)
            return "LEASED"
        case .purge(let message):
            to.text("project", message.project.rawValue)
            to.marks(message.exclusion, "exclusion")
            to.number("copies", message.copies, default: UInt64(1))
            to.marks(message.held, "held")
            return "PURGE"
        case .purged(let message):
            to.marks(message.marks)
            return "PURGED"
        case .roster(let message):
            to.members["document"] = .hex(message.document)
            to.members["signature"] = .hex(message.signature)
            return "ROSTER"
        default: return nil
        }
    }

    private func describeFetchMessage(_ to: inout Members) -> String? {
        switch self {
        case .fetch(let message):
            to.text("project", message.project.rawValue)
            to.cursor(message.cursor)
            to.marks(message.marks)
            to.list("wanted", message.wanted.map { .text($0.hex) })
            to.number("options", message.options.rawValue)
            to.number("accepted", message.accepted.rawValue)
            to.list("roots", message.roots.map { .text($0.hex) })
            if let range = message.range {
                to.members["range"] = .object([
                    "epoch": .epoch(range.epoch), "first": .number(range.ordinals.lowerBound),
                    "end": .number(range.ordinals.upperBound),
                ])
            }
            if let held = message.held { to.members["held"] = held.described }
            to.unfinished(message.unfinished)
            return "FETCH"
        case .plan(let message):
            to.members["epoch"] = .epoch(message.epoch)
            to.number("firstOrdinal", message.firstOrdinal)
            to.number("objects", message.objectCount)
            to.number("rawBytes", message.rawByteCount)
            to.number("storedBytes", message.storedByteCount)
            to.number("operations", message.operationCount)
            to.number("flags", message.flags.rawValue)
            to.marks(message.compacted, "compacted")
            return "PLAN"
        case .operations(let message):
            to.text("origin", message.origin.rawValue)
            to.number("firstSequence", message.firstSequence)
            to.list("records", message.records.map(\.described))
            return "OPS"
        case .done(let message):
            to.cursor(message.cursor)
            to.marks(message.marks)
            to.number("objects", message.objectCount)
            to.number("blocks", message.blockCount)
            to.number("operations", message.operationCount)
            to.number("missing", message.missingCount)
            to.digest(message.digest)
            return "DONE"
        case .watch(let message):
            to.text("project", message.project.rawValue)
            to.cursor(message.cursor)
            to.marks(message.marks)
            return "WATCH"
        case .head(let message):
            to.cursor(message.cursor)
            to.marks(message.marks)
            return "HEAD"
        default: return nil
        }
    }

    private func describePushMessage(_ to: inout Members) -> String? {
        switch self {
        case .offer(let message):
            to.text("project", message.project?.rawValue ?? "")
            to.number("window", message.window)
            to.number("objects", message.objectCount)
            to.list("ids", message.ids.map { .text($0.hex) })
            to.number("options", message.isUnasked ? 1 : 0, default: 0)
            return "OFFER"
        case .need(let message):
            to.number("window", message.window)
            to.text("bitmap", JSONValue.hex(message.bitmap).text ?? "")
            to.unfinished(message.unfinished)
            return "NEED"
        case .commit(let message):
            to.members["key"] = .hex(message.idempotencyKey)
            to.list("intents", message.intents.map { .hex($0) })
            to.digest(message.digest)
            return "COMMIT"
        case .result(let message):
            to.number("outcome", message.outcome.rawValue)
            to.list("replies", message.replies.map { .hex($0) })
            to.list("missing", message.missing.map { .text($0.hex) })
            to.marks(message.marks)
            return "RESULT"
        default: return nil
        }
    }

    private func describeReconcileMessage(_ to: inout Members) -> String? {
        switch self {
        case .reconcile(let message):
            to.text("project", message.project.rawValue)
            to.members["key"] = .hex(message.key.bytes)
            to.members.merge(message.digest.described) { $1 }
            return "RECONCILE"
        case .sketch(let message):
            to.members.merge(message.digest?.described ?? [:]) { $1 }
            to.number("first", message.firstCell, default: 0)
            to.list("cells", message.cells.map(\.described))
            return "SKETCH"
        case .more(let message):
            to.number("end", message.cellEnd, default: 0)
            to.list("keys", message.keyedIDs.map { .epoch($0) })
            return "MORE"
        case .ids(let message):
            to.list("ids", message.ids.map { .text($0.hex) })
            return "IDS"
        case .blob(let message):
            to.text("project", message.project.rawValue)
            to.text("digest", message.digest.description)
            to.number("first", UInt64(message.firstPart), default: 0)
            to.number("count", UInt64(message.partCount), default: 0)
            return "BLOB"
        case .parts(let message):
            message.parts.describe(&to)
            return "PARTS"
        case .put(let message):
            to.text("project", message.project.rawValue)
            message.parts.describe(&to)
            return "PUT"
        default: return nil
        }
    }
}

extension BlobParts {
    fileprivate func describe(_ to: inout Members) {
        to.number("bytes", self.byteCount, default: 0)
        to.list("hashes", self.hashes.map { .text($0.description) })
    }
}

extension Roster {
    /// Its members in the vectors.
    var described: JSONValue {
        .object([
            "version": .number(self.version), "issued": .number(UInt64(self.issuedAt.millisecondsSinceEpoch)),
            "nodes": .list(self.nodes.map(\.described)),
        ])
    }
}

extension Lease {
    /// Its members in the vectors.
    var described: JSONValue {
        var to = Members()
        to.text("region", self.region.rawValue)
        to.text("edge", self.edge.rawValue)
        to.text("project", self.project.rawValue)
        if let holder {
            to.text("person", holder.person.rawValue)
            to.text("name", holder.name ?? "")
            to.text("tokenDigest", holder.tokenDigest.description)
            to.text("tokenID", holder.tokenID.rawValue)
        }
        to.number("access", self.access.rawValue)
        to.number("issued", UInt64(self.issuedAt.millisecondsSinceEpoch))
        to.number("seconds", self.seconds)
        return .object(to.members)
    }
}

extension HTTPHeader {
    fileprivate var described: JSONValue { .object(["name": .text(self.name), "value": .text(self.value)]) }
}

extension RosterNode {
    fileprivate var described: JSONValue {
        var to = Members()
        to.text("id", self.id.rawValue)
        to.text("name", self.name)
        to.number("role", self.role.rawValue)
        to.text("region", self.region)
        to.list("addresses", self.addresses.map { .text($0.description) })
        to.list("projects", (self.projects ?? []).map { .text($0.rawValue) })
        return .object(to.members)
    }
}

extension SetDigest {
    /// Its members in the vectors.
    var described: [String: JSONValue] {
        var to = Members()
        to.number("objects", self.count, default: 0)
        to.members["sum"] = .epoch(self.sum)
        return to.members
    }
}

extension SketchCell {
    fileprivate var described: JSONValue {
        let checksums = (0..<4).map { UInt8(truncatingIfNeeded: self.checksums >> UInt32(24 - 8 * $0)) }
        return .object([
            "ids": .epoch(self.ids), "checksums": .hex(checksums), "count": .number(UInt64(self.count)),
        ])
    }
}

extension OperationsMessage.Record {
    fileprivate var described: JSONValue {
        var to = Members()
        to.members["timestamp"] = .signed(self.timestamp.millisecondsSinceEpoch)
        to.text("actor", self.actor?.rawValue ?? "")
        to.members["body"] = .hex(self.body)
        return .object(to.members)
    }
}

extension HeldOrdinals {
    fileprivate var described: JSONValue {
        let chunks = self.ordinals.chunks.map { number, chunk -> JSONValue in
            switch chunk {
            case .bits(let bits): .object(["number": .number(number), "bits": .hex(bits)])
            case .runs(let runs):
                .object([
                    "number": .number(number),
                    "runs": .list(
                        runs.map { .list([.number(UInt64($0.lowerBound)), .number(UInt64($0.upperBound))]) }),
                ])
            }
        }
        return .object(["epoch": .epoch(self.epoch), "chunks": .list(chunks)])
    }
}
