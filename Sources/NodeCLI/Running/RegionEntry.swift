import Foundation
import Logging
import ObjectModel
import Replicator
import SyncProtocol
import SyncTransport

/// How a node becomes one of an organisation's: it asks to be listed, then it is given the roster as any other node.
struct RegionEntry {
    private static let rosterTimeout = Duration.seconds(20)

    private let files: RosterFiles
    private let identity: NodeIdentity

    init(_ directory: URL, _ identity: NodeIdentity) {
        self.files = RosterFiles(directory)
        self.identity = identity
    }

    /// - Returns: the roster, which lists the node and is kept.
    func join(_ node: RosterNode, by invitation: Invitation) async throws -> Roster {
        let dialler = try SyncDialler(hello: .replica)
        do {
            _ = try await dialler.withConnection(toFirstOf: invitation.targets(.token(invitation.secret))) {
                try await RegionJoin.run(node, on: $0)
            }
        } catch SyncTransportError.peer(let error) where error.code == .unauthenticated {
            throw ConfigurationFailure(
                text: "The invitation was used already, or is more than a day old. Ask for another one.")
        }
        guard let book = try self.files.book(key: invitation.key, roster: nil, Output.logger(.warning)) else {
            preconditionFailure("a key was given")
        }
        let asNode = try SyncDialler(hello: .region, identity: self.identity, roster: book)
        return try await asNode.withConnection(toFirstOf: invitation.targets(.certificate)) { connection in
            // Connections begin with their first stream.
            let news = try await connection.open(NewsMessage(), flags: .end)
            let roster = try await Self.roster(of: book, listing: node.id)
            await news.close()
            return roster
        }
    }

    /// Waits until the roster has come that lists the node.
    private static func roster(of book: RosterBook, listing node: NodeID) async throws -> Roster {
        try await withThrowingTaskGroup(of: Roster?.self) { group in
            group.addTask {
                let changes = book.changes()
                if let roster = book.current, roster.node(node) != nil { return roster }
                for await _ in changes {
                    if let roster = book.current, roster.node(node) != nil { return roster }
                }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: Self.rosterTimeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let roster = first else {
                throw ConfigurationFailure(text: "The node is listed, but the roster did not come. Join once more.")
            }
            return roster
        }
    }
}

extension Invitation {
    fileprivate func targets(_ credential: Credential) -> [SyncDialler.Target] {
        self.addresses.map { SyncDialler.Target($0, node: self.node, credential: credential) }
    }
}
