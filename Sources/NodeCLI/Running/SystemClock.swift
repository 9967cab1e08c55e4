import Foundation
import ObjectModel

extension Timestamp {
    /// The present. The one place where the program reads the clock of the day.
    static func present() -> Timestamp {
        Timestamp(millisecondsSinceEpoch: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}
