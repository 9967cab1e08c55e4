/// What a run may bring. Runs in which one of these never happens show nothing about it.
package enum SimulationEvent: String, CaseIterable, Sendable {
    case conflict = "conflicts"
    case omission = "operations left out"
    case snapshot = "snapshots"
}
