import ObjectModel

/// Who has which name, when several models were given one name by people who did not know of each other: the one that had
/// it first. The others show with a number; nobody's name is changed.
struct NameClaims {
    private let merge: Merge

    init(_ merge: Merge) {
        self.merge = merge
    }

    /// The names that must be looked at when somebody takes or leaves `names`: a model that is really called "a (2)" takes
    /// that name from the second "a".
    func affected(by names: [String]) -> [String] {
        Set(names.flatMap { [$0, Self.withoutNumber($0)] }).sorted()
    }

    /// The models called `name`, who had it first first, with the names that they show.
    func names(of name: String) throws -> [(state: ModelState, name: String)] {
        var number = 1
        return try self.claimants(of: name).enumerated().map { place, state in
            guard place > 0 else { return (state, name) }
            repeat { number += 1 } while !(try self.claimants(of: Self.numbered(name, number)).isEmpty)
            return (state, Self.numbered(name, number))
        }
    }

    /// The conflict is told once, with the model that keeps the name.
    func conflict(of state: ModelState) throws -> Conflict? {
        // Nearly every name is had by one model, whose versions are not worth reading for that.
        guard try self.called(state.name).count > 1 else { return nil }
        let claimants = try self.claimants(of: state.name)
        guard claimants.count > 1, claimants.first?.id == state.id else { return nil }
        return Conflict(.sameName, .model(state.id), .name, claimants.map(\.claim))
    }

    /// All that somebody ever called so, as far as that was not written over.
    private func called(_ name: String) throws -> [Entity] {
        try self.merge.rows.entities(in: self.merge.scope, where: .name, is: name)
    }

    private func claimants(of name: String) throws -> [ModelState] {
        try self.called(name)
            .compactMap { entity -> ModelState? in
                guard case .model(let id) = entity, let state = try ModelState(id, self.merge), state.name == name,
                    !(try state.isHidden)
                else { return nil }
                return state
            }
            .sorted { $0.claim < $1.claim }
    }

    static func numbered(_ name: String, _ number: Int) -> String { "\(name) (\(number))" }

    /// "a" for "a (2)", and every other name as it is.
    static func withoutNumber(_ name: String) -> String {
        guard name.hasSuffix(")"), let open = name.lastIndex(of: "("), open > name.startIndex else { return name }
        let digits = name[name.index(after: open)..<name.index(before: name.endIndex)]
        let blank = name.index(before: open)
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), name[blank] == " " else { return name }
        return String(name[..<blank])
    }
}
