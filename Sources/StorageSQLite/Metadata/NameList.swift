import Foundation

/// JSON lists of strings, as columns and arguments hold them.
///
/// Nearly all are of ids and scopes, in which JSON escapes nothing; those are read and written without its coders.
enum NameList {
    static func text(of names: [String]) -> String {
        if names.isEmpty { return "[]" }
        guard names.allSatisfy({ self.isPlain($0.utf8) }) else {
            let encoded = try? JSONEncoder().encode(names)
            return encoded.map { String(decoding: $0, as: UTF8.self) } ?? "[]"
        }
        return "[\"" + names.joined(separator: "\",\"") + "\"]"
    }

    /// `nil` when `text` is no such list.
    static func names(in text: String) -> [String]? {
        if text == "[]" { return [] }
        return self.plainNames(in: text) ?? (try? JSONDecoder().decode([String].self, from: Data(text.utf8)))
    }

    /// What stands between the quotes, as long as these are all that has to be understood.
    private static func plainNames(in text: String) -> [String]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        let last = parts.count - 1
        guard last >= 2, parts[0].elementsEqual("[".utf8), parts[last].elementsEqual("]".utf8) else { return nil }
        var names: [String] = []
        for index in stride(from: 1, to: last, by: 2) {
            guard self.isPlain(parts[index]), index + 1 == last || parts[index + 1].elementsEqual(",".utf8) else {
                return nil
            }
            names.append(String(Substring(parts[index])))
        }
        return names
    }

    private static func isPlain(_ name: some Sequence<UInt8>) -> Bool {
        name.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}
