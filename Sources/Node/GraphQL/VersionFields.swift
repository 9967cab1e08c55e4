import GraphQL
import ObjectModel
import Storage

extension ResolverMap.Fields {
    /// The fields of a version that are told by itself, whether a region has it or it waits at an edge.
    mutating func addVersion(
        _ version: @escaping @Sendable (Source) -> Version, origin: @escaping @Sendable (Context) -> String
    ) {
        self.addContent(of: version)
        self("previewUrl") { source, _, context in version(source).previewURL(at: origin(context)) }
    }

    /// Those that older clients know as well.
    mutating func addContent(of version: @escaping @Sendable (Source) -> Version) {
        self("id") { source, _, _ in version(source).id.rawValue }
        self("referencedObject") { source, _, _ in version(source).reference }
        self("message") { source, _, _ in version(source).message }
        self("sourceApplication") { source, _, _ in version(source).sourceApplication }
        self("totalChildrenCount") { source, _, _ in version(source).shownChildrenCount }
        self("parents") { source, _, _ in version(source).parents.map(\.rawValue) }
        self("createdAt") { source, _, _ in version(source).createdAt.iso8601 }
    }
}

extension Version {
    /// A push brings any number; GraphQL's Int has 32 bits.
    var shownChildrenCount: Int? { self.totalChildrenCount.map { Int(Int32(clamping: $0)) } }

    /// Where its picture is.
    func previewURL(at origin: String) -> String { "\(origin)/preview/\(self.project)/commits/\(self.id)" }
}
