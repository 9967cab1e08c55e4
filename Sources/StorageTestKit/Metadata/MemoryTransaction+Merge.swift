import ObjectModel
import Storage

extension MemoryTransaction {
    func liveWrites(of entity: Entity, in scope: LogScope) throws -> [LiveWrite] {
        Array(self.rows.liveWrites[.init(scope: scope, entity: entity)] ?? [])
    }

    func entities(in scope: LogScope, where field: MergeField, is key: String) throws -> [Entity] {
        self.rows.liveWrites.filter { place, writes in
            place.scope == scope && writes.contains { $0.field == field && $0.key == key }
        }.map(\.key.entity)
    }

    func operation(_ dot: Dot, in scope: LogScope) throws -> Operation? {
        let log = self.rows.logs[.init(scope: scope, origin: dot.origin)] ?? []
        let place = log.partitioningIndex { $0.sequence >= dot.sequence }
        return place < log.count && log[place].sequence == dot.sequence ? log[place] : nil
    }

    func lastTouch(of entity: Entity, in scope: LogScope) throws -> Timestamp? {
        self.rows.touches[.init(scope: scope, entity: entity)]
    }

    func conflicts(in scope: LogScope) throws -> [Conflict] {
        self.rows.conflicts.filter { $0.key.scope == scope }.flatMap(\.value)
            .sorted { ($0.openedAt, $0.id) > ($1.openedAt, $1.id) }
    }

    func conflicts(of entity: Entity, in scope: LogScope) throws -> [Conflict] {
        self.rows.conflicts[.init(scope: scope, entity: entity)] ?? []
    }

    func put(_ write: LiveWrite, in scope: LogScope) throws {
        self.rows.liveWrites[.init(scope: scope, entity: write.entity), default: []].insert(write)
    }

    func delete(_ write: LiveWrite, in scope: LogScope) throws {
        self.rows.liveWrites[.init(scope: scope, entity: write.entity)]?.remove(write)
    }

    func touch(_ entity: Entity, in scope: LogScope, at time: Timestamp) throws {
        let place = MemoryRows.Place(scope: scope, entity: entity)
        self.rows.touches[place] = max(self.rows.touches[place] ?? time, time)
    }

    func replaceConflicts(of entity: Entity, in scope: LogScope, with conflicts: [Conflict]) throws {
        let place = MemoryRows.Place(scope: scope, entity: entity)
        self.rows.conflicts[place] = conflicts.isEmpty ? nil : conflicts
    }

    func deleteConflicts(in scope: LogScope) throws {
        self.rows.conflicts = self.rows.conflicts.filter { $0.key.scope != scope }
    }
}
