/// Why a batch of objects is refused.
public enum ObjectArrayError: Error, Equatable, Sendable {
    /// The text is not a JSON array, or breaks off. The offset counts bytes from the start of the batch.
    case malformed(offset: Int)
    /// The text is JSON, but not an array of objects.
    case notAnArray
    /// One object is longer than allowed.
    case objectTooLarge(limit: Int)
}

/// Cuts a JSON array of objects that comes in pieces into the texts of its elements.
///
/// It looks at quotes, braces and commas only; each element still has to be scanned (``ObjectScanner``). Memory is
/// bounded by the one element that a piece cuts through.
public struct ObjectArraySplitter: Sendable {
    private enum State { case beforeArray, beforeElement, inElement, afterElement, afterArray }

    private let objectByteCountMax: Int
    private var state = State.beforeArray
    private var isFirst = true
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// The start of an element whose end has not come yet.
    private var partial: [UInt8] = []
    private var offset = 0

    /// - Parameter objectByteCountMax: the longest element to take, in bytes.
    public init(objectByteCountMax: Int) {
        self.objectByteCountMax = objectByteCountMax
    }

    /// Takes the next piece. `element` gets each text that is complete, valid during the call only.
    ///
    /// - Throws: ``ObjectArrayError``, or what `element` throws.
    public mutating func append(
        _ piece: UnsafeRawBufferPointer, _ element: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var index = 0
        while index < piece.count {
            if self.state == .inElement {
                let start = index
                let isComplete = self.skipElement(piece, &index)
                try self.take(piece[start..<index], isComplete, element)
            } else {
                try self.step(piece[index], at: self.offset + index)
                if self.state != .inElement { index += 1 }
            }
        }
        self.offset += piece.count
    }

    /// Says that no piece follows.
    public func finish() throws(ObjectArrayError) {
        guard self.state == .afterArray else {
            throw self.state == .beforeArray ? .notAnArray : .malformed(offset: self.offset)
        }
    }

    /// One byte between elements.
    private mutating func step(_ byte: UInt8, at offset: Int) throws(ObjectArrayError) {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: return
        default: break
        }
        switch (self.state, byte) {
        case (.beforeArray, JSONCursor.openBracket): self.state = .beforeElement
        case (.beforeArray, _): throw .notAnArray
        case (.beforeElement, JSONCursor.openBrace): self.state = .inElement
        case (.beforeElement, JSONCursor.closeBracket) where self.isFirst: self.state = .afterArray
        case (.beforeElement, _): throw self.isFirst ? .notAnArray : .malformed(offset: offset)
        case (.afterElement, JSONCursor.comma):
            self.state = .beforeElement
            self.isFirst = false
        case (.afterElement, JSONCursor.closeBracket): self.state = .afterArray
        default: throw .malformed(offset: offset)
        }
    }

    /// Moves `index` behind the element, or to the end of the piece; tells whether the element ended.
    private mutating func skipElement(_ piece: UnsafeRawBufferPointer, _ index: inout Int) -> Bool {
        while index < piece.count {
            if self.isEscaped {
                self.isEscaped = false
                index += 1
                continue
            }
            if self.isInString {
                index = piece.firstIndex(from: index, ByteMarks.quoteOrBackslash)
                guard index < piece.count else { break }
                self.isEscaped = piece[index] != JSONCursor.quote
                self.isInString = self.isEscaped
                index += 1
                continue
            }
            index = piece.firstIndex(from: index, ByteMarks.structure)
            guard index < piece.count else { break }
            index += 1
            switch piece[index - 1] {
            case JSONCursor.quote: self.isInString = true
            case JSONCursor.openBrace, JSONCursor.openBracket: self.depth += 1
            case JSONCursor.closeBrace, JSONCursor.closeBracket:
                self.depth -= 1
                if self.depth == 0 { return true }
            default: continue
            }
        }
        return false
    }

    private mutating func take(
        _ slice: Slice<UnsafeRawBufferPointer>, _ isComplete: Bool,
        _ element: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard self.partial.count + slice.count <= self.objectByteCountMax else {
            throw ObjectArrayError.objectTooLarge(limit: self.objectByteCountMax)
        }
        if isComplete, self.partial.isEmpty {
            try element(UnsafeRawBufferPointer(rebasing: slice))
        } else {
            self.partial.append(contentsOf: slice)
            if isComplete {
                try self.partial.withUnsafeBytes { try element($0) }
                self.partial.removeAll(keepingCapacity: self.partial.capacity <= 1 << 20)
            }
        }
        if isComplete { self.state = .afterElement }
    }
}
