import ObjectModel
import Storage

extension MemoryTransaction {
    func compactedMarks(in scope: LogScope) throws -> [NodeID: UInt64] {
        Dictionary(
            uniqueKeysWithValues: self.rows.compactedMarks.filter { $0.key.scope == scope }
                .map { ($0.key.origin, $0.value) })
    }

    func operationCount(in scope: LogScope) throws -> Int {
        self.rows.logs.reduce(0) { $0 + ($1.key.scope == scope ? $1.value.count : 0) }
    }

    func acknowledgedMarks(of region: NodeID, in scope: LogScope) throws -> [NodeID: UInt64] {
        self.rows.acknowledgedMarks[.init(scope: scope, origin: region)] ?? [:]
    }

    func regionsHeard() throws -> [NodeID: Timestamp] { self.rows.regionsHeard }

    func arrivedOperations(
        in scope: LogScope, from source: NodeID, skipping count: Int, limit: Int
    ) throws -> [Operation] {
        Array((self.rows.arrivedOperations[.init(scope: scope, origin: source)] ?? []).dropFirst(count).prefix(limit))
    }

    func putCompactedMark(_ sequence: UInt64, of origin: NodeID, in scope: LogScope) throws {
        self.rows.compactedMarks[.init(scope: scope, origin: origin)] = sequence
    }

    func deleteOperation(_ dot: Dot, in scope: LogScope) throws {
        self.rows.logs[.init(scope: scope, origin: dot.origin)]?.removeAll { $0.sequence == dot.sequence }
    }

    func replace(_ operation: Operation) throws {
        let key = MemoryRows.LogKey(scope: operation.scope, origin: operation.origin)
        guard let place = self.rows.logs[key]?.firstIndex(where: { $0.sequence == operation.sequence }) else { return }
        self.rows.logs[key]?[place] = operation
    }

    func appendAfterGap(_ operation: Operation) throws {
        let last = try self.lastSequence(of: operation.origin, in: operation.scope)
        guard operation.sequence > last else {
            throw StorageError.corrupt("operation \(operation.sequence) of \(operation.origin) comes after \(last)")
        }
        self.rows.logs[.init(scope: operation.scope, origin: operation.origin), default: []].append(operation)
    }

    func putAcknowledgedMarks(_ marks: [NodeID: UInt64], of region: NodeID, in scope: LogScope) throws {
        self.rows.acknowledgedMarks[.init(scope: scope, origin: region)] = marks
    }

    func putRegionHeard(_ region: NodeID, at time: Timestamp) throws { self.rows.regionsHeard[region] = time }

    func putArrived(_ operations: [Operation], from source: NodeID) throws {
        for operation in operations {
            self.rows.arrivedOperations[.init(scope: operation.scope, origin: source), default: []].append(operation)
        }
    }

    func deleteArrived(in scope: LogScope, from source: NodeID) throws {
        self.rows.arrivedOperations[.init(scope: scope, origin: source)] = nil
    }
}

extension Array {
    /// The place of the first element for which `belongs` holds; elements for which it does are behind all others.
    func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var (low, high) = (self.startIndex, self.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
