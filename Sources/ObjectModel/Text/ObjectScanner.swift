import Crypto

/// Why an object's text is refused. Offsets count bytes from the start of the text.
public enum ObjectTextError: Error, Equatable, Sendable {
    case malformed(offset: Int)
    /// Containers nest deeper than ``ObjectScanner/depthMax``.
    case tooDeep(offset: Int)
    /// A string holds bytes that are not UTF-8.
    case invalidUTF8(offset: Int)
    /// The text is JSON, but not an object.
    case notAnObject
    /// `id` or `hash` is there, but is not a string of 32 lower-case hexadecimal digits.
    case invalidID
}

/// Checks the text of one object against the JSON grammar (RFC 8259) and collects what a node must know of it.
///
/// Nothing is decoded or copied. Working memory is kept between calls, so one scanner serves a whole upload.
public struct ObjectScanner: Sendable {
    /// How deep arrays and objects may nest.
    public static let depthMax = 512

    private enum Container { case array, object }

    /// One open container, with what has been seen of a `{"referencedId": …, "speckle_type": "reference"}`.
    private struct Frame {
        var container: Container
        var isReference = false
        var target: ObjectID?
    }

    /// What the value that comes next means to us.
    private enum Role { case other, id, hash, closure, target, type }

    private enum Identity { case absent, valid(ObjectID), invalid }

    private var frames: [Frame] = []
    private var references: [ObjectID] = []
    private var closure: [ObjectID] = []
    private var id = Identity.absent
    private var hash = Identity.absent
    /// Depth of the frame that is the top-level `__closure`; 0 while outside of it.
    private var closureDepth = 0

    public init() {
        self.frames.reserveCapacity(32)
    }

    /// The facts of one object. White space around it is allowed.
    ///
    /// `hash` wins over `id`; without either, the id is the MD5 of the text, as Speckle's server does it.
    public mutating func scan(_ text: UnsafeRawBufferPointer) throws(ObjectTextError) -> ObjectFacts {
        self.frames.removeAll(keepingCapacity: true)
        self.references.removeAll(keepingCapacity: true)
        self.closure.removeAll(keepingCapacity: true)
        self.id = .absent
        self.hash = .absent
        self.closureDepth = 0

        var cursor = JSONCursor(text)
        cursor.skipWhitespace()
        guard cursor.peek() == JSONCursor.openBrace else {
            throw cursor.isAtEnd ? .malformed(offset: cursor.offset) : .notAnObject
        }
        try self.walk(&cursor)
        cursor.skipWhitespace()
        guard cursor.isAtEnd else { throw .malformed(offset: cursor.offset) }
        return ObjectFacts(
            id: try self.identity(of: text), references: Self.unique(self.references), closure: self.closure)
    }

    private func identity(of text: UnsafeRawBufferPointer) throws(ObjectTextError) -> ObjectID {
        switch (self.hash, self.id) {
        case (.valid(let id), _), (.absent, .valid(let id)):
            return id
        case (.invalid, _), (.absent, .invalid):
            throw .invalidID
        case (.absent, .absent):
            return Insecure.MD5.hash(data: text).withUnsafeBytes { ObjectID(binaryIn: $0, at: 0) }
        }
    }

    /// Reads one value and everything inside it. Iterative, so that depth costs heap and not stack.
    private mutating func walk(_ cursor: inout JSONCursor) throws(ObjectTextError) {
        try self.open(.object, &cursor)
        while let frame = self.frames.last {
            let isFirst = cursor.justOpened
            cursor.justOpened = false
            cursor.skipWhitespace()
            if cursor.peek() == (frame.container == .object ? JSONCursor.closeBrace : JSONCursor.closeBracket) {
                cursor.advance()
                self.close()
                continue
            }
            if !isFirst {
                try cursor.expect(JSONCursor.comma)
                cursor.skipWhitespace()
            }
            if frame.container == .object {
                try self.readValue(try self.readKey(&cursor), &cursor)
            } else {
                try self.readValue(.other, &cursor)
                if !cursor.justOpened { try cursor.readFurtherNumbers() }
            }
        }
    }

    private mutating func readKey(_ cursor: inout JSONCursor) throws(ObjectTextError) -> Role {
        guard cursor.peek() == JSONCursor.quote else { throw .malformed(offset: cursor.offset) }
        let key = try cursor.readString()
        cursor.skipWhitespace()
        try cursor.expect(JSONCursor.colon)
        cursor.skipWhitespace()
        if self.closureDepth == self.frames.count {
            if let id = cursor.objectID(in: key) { self.closure.append(id) }
            return .other
        }
        if cursor.slice(key, equals: "referencedId") { return .target }
        if cursor.slice(key, equals: "speckle_type") { return .type }
        guard self.frames.count == 1 else { return .other }
        if cursor.slice(key, equals: "id") { return .id }
        if cursor.slice(key, equals: "hash") { return .hash }
        if cursor.slice(key, equals: "__closure") { return .closure }
        return .other
    }

    private mutating func readValue(_ role: Role, _ cursor: inout JSONCursor) throws(ObjectTextError) {
        switch cursor.peek() {
        case JSONCursor.quote:
            let value = try cursor.readString()
            self.note(value, role, cursor)
        case JSONCursor.openBrace:
            try self.open(.object, &cursor)
            if role == .closure { self.closureDepth = self.frames.count }
            if role == .id { self.id = .invalid }
            if role == .hash { self.hash = .invalid }
        case JSONCursor.openBracket:
            try self.open(.array, &cursor)
            if role == .id { self.id = .invalid }
            if role == .hash { self.hash = .invalid }
        default:
            let isNull = try cursor.readScalar()
            if !isNull, role == .id { self.id = .invalid }
            if !isNull, role == .hash { self.hash = .invalid }
        }
    }

    /// Keeps a string value that means something to us.
    private mutating func note(_ value: Range<Int>, _ role: Role, _ cursor: JSONCursor) {
        switch role {
        case .id: self.id = Self.identity(value, cursor)
        case .hash: self.hash = Self.identity(value, cursor)
        case .target: self.frames[self.frames.count - 1].target = cursor.objectID(in: value)
        case .type: self.frames[self.frames.count - 1].isReference = cursor.slice(value, equals: "reference")
        case .closure, .other: break
        }
    }

    private static func identity(_ value: Range<Int>, _ cursor: JSONCursor) -> Identity {
        if value.isEmpty { return .absent }
        return cursor.objectID(in: value).map(Identity.valid) ?? .invalid
    }

    private mutating func open(_ container: Container, _ cursor: inout JSONCursor) throws(ObjectTextError) {
        guard self.frames.count < Self.depthMax else { throw .tooDeep(offset: cursor.offset) }
        cursor.advance()
        cursor.justOpened = true
        self.frames.append(Frame(container: container))
    }

    private mutating func close() {
        if self.closureDepth == self.frames.count { self.closureDepth = 0 }
        let frame = self.frames.removeLast()
        if frame.isReference, let target = frame.target { self.references.append(target) }
    }

    private static func unique(_ ids: [ObjectID]) -> [ObjectID] {
        guard ids.count > 1 else { return ids }
        var seen = Set<ObjectID>(minimumCapacity: ids.count)
        return ids.filter { seen.insert($0).inserted }
    }
}
