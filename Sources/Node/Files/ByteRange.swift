/// The `Range` of a request (RFC 9110 §14.2), for one range of bytes.
enum ByteRange: Equatable {
    /// No range, or one in a form that may be ignored.
    case whole
    case part(Range<UInt64>)
    case unsatisfiable

    /// - Parameter byteCount: length of the whole.
    init(_ header: String?, of byteCount: UInt64) {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else {
            self = .whole
            return
        }
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        let numbers = ends.map { $0.allSatisfy(\.isNumber) ? UInt64($0) : nil }
        guard ends.count == 2 else {
            self = .whole
            return
        }
        switch (numbers[0], numbers[1]) {
        case (let first?, nil) where ends[1].isEmpty: self.init(from: first, to: byteCount, of: byteCount)
        case (let first?, let last?) where first <= last: self.init(from: first, to: last.addingOne, of: byteCount)
        case (nil, let count?) where ends[0].isEmpty:
            self =
                count == 0
                ? .unsatisfiable : .init(from: byteCount - min(count, byteCount), to: byteCount, of: byteCount)
        default: self = .whole
        }
    }

    private init(from first: UInt64, to end: UInt64, of byteCount: UInt64) {
        self = first < byteCount ? .part(first..<min(end, byteCount)) : .unsatisfiable
    }
}

extension UInt64 {
    fileprivate var addingOne: UInt64 { self == .max ? self : self + 1 }
}
