import ObjectModel
import Storage

/// The two forms in which objects travel over HTTP.
enum ObjectForm: Sendable {
    /// `id`, tab, text, line feed; for each object.
    case lines
    /// One JSON array.
    case array

    /// Appends one object. `isFirst` says that none came before it.
    func append(_ id: ObjectID, _ text: some Collection<UInt8>, isFirst: Bool, to output: inout [UInt8]) {
        switch self {
        case .lines:
            id.appendHex(to: &output)
            output.append(0x09)
            Self.appendSingleLine(text, to: &output)
            output.append(0x0A)
        case .array:
            output.append(isFirst ? UInt8(ascii: "[") : UInt8(ascii: ","))
            output.append(contentsOf: text)
        }
    }

    /// What ends the whole answer.
    func end(isEmpty: Bool) -> [UInt8] {
        switch self {
        case .lines: []
        case .array: Array(isEmpty ? "[]".utf8 : "]".utf8)
        }
    }

    /// The text on one line. In JSON, tabs and line breaks stand between tokens only, where a space means the same.
    static func appendSingleLine(_ text: some Collection<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: text)
        for index in start..<output.count where output[index] < 0x20 { output[index] = 0x20 }
    }
}
