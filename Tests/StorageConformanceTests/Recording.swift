import ObjectModel

@testable import Storage

/// Writes one operation, whatever the rules of commands are.
struct Recording: Command {
    var body: OperationBody
    var project: ProjectID

    func execute(in context: CommandContext) throws { try context.record(self.body, in: .project(self.project)) }
}
