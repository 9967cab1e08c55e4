import ObjectModel
import Storage

/// Which root took the place of which: the version before on the same model, else the newest one of the project.
enum VersionSuccession {
    /// - Parameters:
    ///   - versions: all of the project, oldest first.
    ///   - reader: what it holds, and what it gets.
    static func pairs(_ versions: [Version], for reader: DeltaReader) -> [SuccessorMatch.Pair] {
        var newestOfModel: [ModelID: ObjectID] = [:]
        var newest: ObjectID?
        var pairs: [SuccessorMatch.Pair] = []
        for version in versions {
            guard reader.gets(version.rootObject) else {
                guard reader.holds(version.rootObject) else { continue }
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
