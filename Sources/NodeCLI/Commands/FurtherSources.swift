import ArgumentParser
import ObjectModel
import Storage
import SyncProtocol

/// More nodes that hold a project: they serve it at the same time, and when the first one is gone.
struct FurtherSources: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Another node that holds the project, to copy from as well: tiebeam://host:port/project.",
            discussion: "May be given several times. Each needs --also-node-id and --also-token, in the same order."))
    var also: [String] = []

    @Option(help: "The id of that node.")
    var alsoNodeID: [String] = []

    @Option(help: "A token of that node. None is given to another one.")
    var alsoToken: [String] = []

    var isEmpty: Bool { self.also.isEmpty && self.alsoNodeID.isEmpty && self.alsoToken.isEmpty }

    /// The further sources of `project`.
    ///
    /// - Parameter known: nodes that are sources already.
    func sources(of project: ProjectID, besides known: [NodeID]) throws -> [MirrorSource] {
        guard self.alsoNodeID.count == self.also.count, self.alsoToken.count == self.also.count else {
            throw UsageFailure(text: "Give --also-node-id and --also-token once for each --also.")
        }
        var nodes = Set(known)
        var sources: [MirrorSource] = []
        for (place, text) in self.also.enumerated() {
            let address = try PeerOptions.address(text)
            guard address.project == project else {
                throw UsageFailure(text: "\(text) is another project than \(project).")
            }
            let node = try PeerOptions.node(self.alsoNodeID[place])
            guard nodes.insert(node).inserted else {
                throw UsageFailure(text: "The node \(node) is given twice. Each source is another node.")
            }
            guard WireText.isToken(self.alsoToken[place]) else {
                throw UsageFailure(text: "The token for \(text) is none.")
            }
            sources.append(
                MirrorSource(
                    project: project, node: node, address: address.node, token: self.alsoToken[place]))
        }
        guard nodes.count <= MirrorSource.sourceCountMax else {
            throw UsageFailure(text: "A project has at most \(MirrorSource.sourceCountMax) sources.")
        }
        return sources
    }
}
