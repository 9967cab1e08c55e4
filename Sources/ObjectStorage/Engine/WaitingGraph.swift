import ObjectModel
import Storage

/// The objects of one project that are stored but not complete: something that they refer to is absent or not complete
/// itself. Nearly always empty, since clients send children first.
///
/// An object is complete when every reference is; so completeness of a root is one look-up.
struct WaitingGraph: Sendable {
    /// How many distinct references each incomplete object still waits for.
    private var openCount: [ObjectID: Int] = [:]
    private var waiters: [ObjectID: [ObjectID]] = [:]

    init(_ rows: [WaitingObject]) {
        for row in rows {
            self.openCount[row.waiter, default: 0] += 1
            self.waiters[row.missing, default: []].append(row.waiter)
        }
    }

    var isEmpty: Bool { self.openCount.isEmpty }

    /// Whether an object that is present still waits for something.
    func isWaiting(_ id: ObjectID) -> Bool { !self.openCount.isEmpty && self.openCount[id] != nil }

    /// Records a newly stored object and the distinct references of it that are not complete yet.
    ///
    /// - Returns: the objects that became complete and that others had been waiting for; their rows are gone.
    mutating func store(_ id: ObjectID, missing: [ObjectID]) -> [ObjectID] {
        if !missing.isEmpty {
            self.openCount[id] = missing.count
            for reference in missing { self.waiters[reference, default: []].append(id) }
            return []
        }
        if self.waiters.isEmpty { return [] }
        var resolved: [ObjectID] = []
        var completed = [id]
        while let object = completed.popLast() {
            guard let waiters = self.waiters.removeValue(forKey: object) else { continue }
            resolved.append(object)
            for waiter in waiters {
                guard let open = self.openCount[waiter] else { continue }
                self.openCount[waiter] = open == 1 ? nil : open - 1
                if open == 1 { completed.append(waiter) }
            }
        }
        return resolved
    }

    /// All rows.
    var rows: Set<WaitingObject> {
        Set(self.waiters.flatMap { missing, waiters in waiters.map { WaitingObject(waiter: $0, missing: missing) } })
    }
}
