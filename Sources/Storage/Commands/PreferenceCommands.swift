public import ObjectModel

/// Marks a project as a favourite of the caller's, or takes the mark away.
public struct SetFavorite: Command {
    /// All favourites of somebody are read at once.
    public static let countMax = 1000

    public var project: ProjectID
    public var isFavorite: Bool

    public init(project: ProjectID, isFavorite: Bool) {
        self.project = project
        self.isFavorite = isFavorite
    }

    public func execute(in context: CommandContext) throws -> Project {
        let user = try context.signedIn()
        let project = try context.existingProject(self.project)
        let isPresent = try context.rows.favorite(of: user, self.project) != nil
        guard isPresent != self.isFavorite else { return project }
        guard try !self.isFavorite || context.rows.favorites(of: user).count < Self.countMax else {
            throw DomainError(.badRequest, "Nobody has more than \(Self.countMax) favourites.")
        }
        try context.record(
            .favoriteChanged(FavoriteChange(user: user, project: self.project, isFavorite: self.isFavorite)),
            in: .server)
        return project
    }
}

/// Sets switches of the caller's. Those that are not named stay as they are.
public struct SetPreferences: Command {
    public static let countMax = 256
    public static let keyByteCountMax = 128

    public var switches: [String: Bool]

    public init(_ switches: [String: Bool]) {
        self.switches = switches
    }

    public func execute(in context: CommandContext) throws {
        let user = try context.signedIn()
        guard self.switches.keys.allSatisfy(Self.isValid) else {
            throw DomainError(.userInput, "A name has at most \(Self.keyByteCountMax) letters, digits and . _ - :")
        }
        let present = Dictionary(
            uniqueKeysWithValues: try context.rows.preferences(of: user).map { ($0.key, $0.isOn) })
        guard Set(present.keys).union(self.switches.keys).count <= Self.countMax else {
            throw DomainError(.badRequest, "Nobody has more than \(Self.countMax) preferences.")
        }
        for (key, isOn) in self.switches.sorted(by: { $0.key < $1.key }) where present[key] != isOn {
            try context.record(
                .preferenceChanged(PreferenceChange(user: user, key: key, isOn: isOn)), in: .server)
        }
    }

    /// What a switch is of, and its name there, parted by slashes.
    private static func isValid(_ key: String) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        return key.utf8.count <= self.keyByteCountMax && parts.count > 1
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-:".contains($0)) }
            }
    }
}
