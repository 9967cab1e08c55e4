import Hummingbird
public import ObjectModel

/// How another region is doing, as seen from this node.
public struct RegionStatus: Equatable, Sendable {
    /// Its name in the roster.
    public var name: String
    /// Where in the world it stands, in words.
    public var region: String
    /// When everything that it had was last known to be here.
    public var lastCompleted: Timestamp?
    /// What went wrong last; `nil` while all is well.
    public var problem: String?

    public init(name: String, region: String, lastCompleted: Timestamp?, problem: String?) {
        self.name = name
        self.region = region
        self.lastCompleted = lastCompleted
        self.problem = problem
    }
}

/// What administrators see of the regions that this one shares everything with.
struct RegionRoutes: Sendable {
    let services: NodeServices

    private struct Description: Encodable {
        var name: String
        var region: String
        var lastCompleted: String?
        var problem: String?
    }

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/regions") { _, context in
            _ = try context.requireAdministrator()
            return try Response.json(
                self.services.regions().map { status in
                    Description(
                        name: status.name, region: status.region, lastCompleted: status.lastCompleted?.iso8601,
                        problem: status.problem)
                })
        }
    }
}
