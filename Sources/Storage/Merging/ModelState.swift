import ObjectModel

/// What the operations say of one model.
struct ModelState {
    /// A version that stands in the model, and the write by which it does.
    struct Use {
        var version: VersionID
        var stamp: Stamp
    }

    let id: ModelID
    let entity: EntityState
    /// By its operations, without a number.
    let name: String
    /// Since when it has this name.
    let claim: Stamp
    /// Its row, but for what depends on others.
    let model: Model
    private let merge: Merge

    /// `nil` when the model was never made.
    init?(_ id: ModelID, _ merge: Merge) throws {
        let state = try merge.state(of: .model(id))
        guard case .modelCreated(var model) = state.creation?.body, let naming = state.latest(.name),
            let name = naming.body.modelChange?.name
        else { return nil }
        model.description = state.latest(.description)?.body.modelChange?.description
        self.id = id
        self.entity = state
        self.name = name
        self.claim = naming.stamp
        self.model = model
        self.merge = merge
    }

    /// The versions that stand in it. Reads all of them.
    var uses: [Use] {
        get throws {
            try self.merge.rows.entities(in: self.merge.scope, where: .model, is: self.id.rawValue).compactMap {
                guard case .version(let version) = $0 else { return nil }
                return try self.place(of: self.merge.state(of: $0)).map { Use(version: version, stamp: $0.stamp) }
            }
        }
    }

    /// The write by which a version stands in the model; `nil` when it does not.
    private func place(of version: EntityState) throws -> EntityState.Sibling? {
        guard !version.isDeleted, let place = try self.merge.place(of: version), place.write.key == self.id.rawValue
        else { return nil }
        return place
    }

    /// Who deleted it, as far as nobody decided later that it stays.
    private var deletions: [EntityState.Sibling] { self.entity[.deleted].filter { $0.body == .modelDeleted(self.id) } }

    /// What a deletion must have seen to count.
    private var stays: [Stamp] {
        get throws {
            let kept = self.entity[.deleted].filter { $0.body == .modelKept(self.id) }.map(\.stamp)
            return kept + (try self.uses.map(\.stamp))
        }
    }

    /// A model is gone when somebody deleted it who had seen all that is in it.
    var isHidden: Bool {
        get throws {
            let deletions = self.deletions
            guard !deletions.isEmpty else { return false }
            let stays = try self.stays
            return deletions.contains { deletion in stays.allSatisfy { deletion.hasSeen($0.dot) } }
        }
    }

    /// It was deleted, and what was done to it meanwhile keeps it.
    var deletedInUse: Conflict? {
        get throws {
            let deletions = self.deletions
            guard !deletions.isEmpty else { return nil }
            let unseen = try self.stays.filter { stay in !deletions.contains { $0.hasSeen(stay.dot) } }
            return Conflict(.deletedInUse, .model(self.id), .deleted, deletions.map(\.stamp) + unseen)
        }
    }

    /// It has several newest versions.
    var divergence: Conflict? {
        get throws {
            let heads = self.entity[.head]
            guard heads.count > 1 else { return nil }
            let alive = try heads.filter { head in
                guard let key = head.write.key else { return false }
                let version = try self.merge.state(of: .version(VersionID(rawValue: key)))
                return try self.place(of: version) != nil && self.merge.quarantine(of: version) == nil
            }
            guard alive.count > 1 else { return nil }
            return Conflict(.diverged, .model(self.id), .head, alive.map(\.stamp))
        }
    }
}
