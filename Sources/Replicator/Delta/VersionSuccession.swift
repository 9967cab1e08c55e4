import ObjectModel
import Storage

/// Which root took the place of which: the version before on the same model, else the newest one of the project.
enum VersionSuccession {
    /// - Parameters:
    ///   - versions: all of the project, oldest first.
    ///   - added: objects that the reader does not hold.
    static func pairs(_ versions: [Version], added: Set<ObjectID>) -> [SuccessorMatch.Pair] {
        var newestOfModel: [ModelID: ObjectID] = [:]
        var newest: ObjectID?
        var pairs: [SuccessorMatch.Pair] = []
        for version in versions {
            guard added.contains(version.rootObject) else {
                newestOfModel[version.model] = version.rootObject
                newest = version.rootObject
                continue
            }
            guard let base = newestOfModel[version.model] ?? newest else { continue }
            pairs.append(SuccessorMatch.Pair(object: version.rootObject, base: base))
        }
        return pairs
    }
}
