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
            guard let root = version.root.object else { continue }
            guard reader.gets(root) else {
                guard reader.holds(root) else { continue }
                newestOfModel[version.model] = root
                newest = root
                continue
            }
            guard let base = newestOfModel[version.model] ?? newest else { continue }
            pairs.append(SuccessorMatch.Pair(object: root, base: base))
        }
        return pairs
    }
}
