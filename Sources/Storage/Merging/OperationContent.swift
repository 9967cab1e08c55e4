import Foundation
public import ObjectModel

/// What an operation says beside its body: what its node had seen when it made it. Operations of one origin have seen all
/// before them.
public struct OperationContext: Equatable, Sendable {
    /// Of each other origin of the scope, the last operation that was applied.
    public var seen: [NodeID: UInt64]
    /// ``Stamp/tick``.
    public var tick: UInt32
    /// ``ObjectModel/Operation/fingerprint`` of the operation of the same origin before; `nil` for the first one.
    public var previous: String?
    /// What the writer had not seen although the node had: he wrote at an edge that had not heard of it. Ascending.
    public var unseen: [NodeID: [UInt64]]

    public init(
        seen: [NodeID: UInt64] = [:], tick: UInt32 = 0, previous: String? = nil, unseen: [NodeID: [UInt64]] = [:]
    ) {
        self.seen = seen
        self.tick = tick
        self.previous = previous
        self.unseen = unseen
    }
}

/// The text of an operation, read.
public struct OperationContent: Equatable, Sendable {
    /// As text, in bytes: nodes send each other no longer ones (Spec §15).
    public static let byteCountMax = 255 << 10

    /// `nil` when this release does not know it.
    public var body: OperationBody?
    public var context: OperationContext

    public init(_ body: OperationBody, _ context: OperationContext) {
        self.body = body
        self.context = context
    }

    /// Reads the text of an operation. Of one that cannot be read at all nothing is known.
    public init(decoding bytes: [UInt8]) {
        let read = try? JSONDecoder().decode(Self.self, from: Data(bytes))
        self.body = read?.body
        self.context = read?.context ?? OperationContext()
    }

    /// The text as it stands in a log: JSON with sorted keys.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}

extension OperationContent: Codable {
    public init(from decoder: any Decoder) throws {
        self.context = try OperationContext(from: decoder)
        self.body = try? OperationBody(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try self.body?.encode(to: encoder)
        try self.context.encode(to: encoder)
    }
}

extension OperationContext: Codable {
    private enum CodingKeys: String, CodingKey { case seen, tick, previous, unseen }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let seen = try container.decodeIfPresent([String: UInt64].self, forKey: .seen) ?? [:]
        self.seen = Dictionary(uniqueKeysWithValues: seen.map { (NodeID(rawValue: $0.key), $0.value) })
        self.tick = try container.decodeIfPresent(UInt32.self, forKey: .tick) ?? 0
        self.previous = try container.decodeIfPresent(String.self, forKey: .previous)
        let unseen = try container.decodeIfPresent([String: [UInt64]].self, forKey: .unseen) ?? [:]
        self.unseen = Dictionary(uniqueKeysWithValues: unseen.map { (NodeID(rawValue: $0.key), $0.value) })
    }

    /// Writes nothing where nothing else was seen: one writer alone has short operations.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !self.seen.isEmpty {
            let seen = Dictionary(uniqueKeysWithValues: self.seen.map { ($0.key.rawValue, $0.value) })
            try container.encode(seen, forKey: .seen)
        }
        if self.tick > 0 { try container.encode(self.tick, forKey: .tick) }
        try container.encodeIfPresent(self.previous, forKey: .previous)
        if !self.unseen.isEmpty {
            let unseen = Dictionary(uniqueKeysWithValues: self.unseen.map { ($0.key.rawValue, $0.value) })
            try container.encode(unseen, forKey: .unseen)
        }
    }
}
