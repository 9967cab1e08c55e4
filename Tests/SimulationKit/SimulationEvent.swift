/// What a run may bring. Runs in which one of these never happens show nothing about it.
package enum SimulationEvent: String, CaseIterable, Sendable {
    case conflict = "conflicts"
    case omission = "operations left out"
    case snapshot = "snapshots"
    case policy = "policies"
    case home = "moves of home"
    case policyConflict = "conflicts of policies"
    case homeRefusal = "writes refused for their home"
    case exclusionRefusal = "writes refused where a project may not be"
    case purgeCut = "purges cut off"
    case removal = "projects removed"
    case comeback = "projects back"
}
