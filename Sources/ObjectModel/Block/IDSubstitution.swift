/// Which objects took the place of which: turns the text of a predecessor into nearly that of its successor (Spec §12.8).
///
/// References, closures and the id at a text's head change with every object below them. Replacing ids foresees all of
/// that, so that only what somebody really edited is left to be sent.
public struct IDSubstitution: Equatable, Sendable {
    private var successors: [ObjectID: ObjectID] = [:]

    public init() {}

    /// Takes the pairs of one block in. A later successor of the same base wins.
    public mutating func add(_ directory: DeltaDirectory) {
        for entry in directory.entries {
            if let base = entry.base { self.successors[base] = entry.id }
        }
    }

    /// Appends `text` to `bytes`, with each known id replaced that stands between quotation marks.
    public func apply(to text: UnsafeRawBufferPointer, into bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let span = ObjectID.digitCount + 1
        let start = bytes.count
        bytes.append(contentsOf: text)
        guard !self.successors.isEmpty else { return }
        bytes.withUnsafeMutableBytes { output in
            var index = 0
            while index + span < text.count {
                guard text[index + span] == quote, text[index] == quote, let id = ObjectID(hexIn: text, at: index + 1)
                else {
                    index += 1
                    continue
                }
                if let successor = self.successors[id] { successor.write(hexInto: output, at: start + index + 1) }
                index += span
            }
        }
    }
}
