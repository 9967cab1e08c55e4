public import ObjectModel

/// How far somebody knows the logs: what they wrote, and where. A node that is behind it would show them less than they saw.
public struct Position: Equatable, Sendable {
    /// One log of one origin.
    public struct Log: Hashable, Sendable {
        public var scope: LogScope
        public var origin: NodeID

        public init(scope: LogScope, origin: NodeID) {
            self.scope = scope
            self.origin = origin
        }
    }

    /// Marks that one position may have. Whoever wrote to more logs is told of the last ones.
    public static let countMax = 16

    /// Of each log the last operation that is known, the one written last at the end.
    public private(set) var marks: [(log: Log, sequence: UInt64)] = []

    public init() {}

    public var isEmpty: Bool { self.marks.isEmpty }

    /// Knows of this operation too.
    public mutating func note(_ log: Log, _ sequence: UInt64) {
        let known = self.marks.first { $0.log == log }?.sequence ?? 0
        self.marks.removeAll { $0.log == log }
        self.marks.append((log, max(known, sequence)))
        if self.marks.count > Self.countMax { self.marks.removeFirst() }
    }

    public mutating func note(_ other: Position) {
        for mark in other.marks { self.note(mark.log, mark.sequence) }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.marks.elementsEqual(right.marks) { $0.log == $1.log && $0.sequence == $1.sequence }
    }
}

extension Position: LosslessStringConvertible {
    /// `project:node:sequence` for each mark, with commas between them; `server` stands for people and tokens.
    public var description: String {
        self.marks.map { "\($0.log.scope.name):\($0.log.origin):\($0.sequence)" }.joined(separator: ",")
    }

    /// `nil` when `text` is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Self.countMax else { return nil }
        for part in parts {
            let values = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard values.count == 3, !values[0].isEmpty, NodeID.isValid(values[1]), let sequence = UInt64(values[2])
            else { return nil }
            let log = Log(scope: LogScope(ProjectID(rawValue: values[0])), origin: NodeID(rawValue: values[1]))
            self.note(log, sequence)
        }
    }
}
