import Foundation
import Node
import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport

/// The organisation's key on the node that keeps it: signs rosters, and lets nodes in by invitation.
actor Organisation: RegionAdmission {
    private let signer: RosterSigner
    private let book: RosterBook
    private let node: NodeID
    private let invitations: InvitationFile
    private let clock: @Sendable () -> Timestamp

    /// `nil` where the key is not kept, or is another one than the roster's.
    init?(
        _ directory: URL, book: RosterBook?, node: NodeID, clock: @escaping @Sendable () -> Timestamp
    ) throws {
        guard let book, let signer = try OrganisationKey(directory).signer(), signer.publicKey == book.key else {
            return nil
        }
        self.signer = signer
        self.book = book
        self.node = node
        self.invitations = InvitationFile(directory)
        self.clock = clock
    }

    /// - Throws: ``DomainError`` when nobody could find this node.
    func invite(_ role: NodeRole, reading projects: [ProjectID]?) throws -> RegionInvitation {
        guard let own = self.book.current?.node(self.node), !own.addresses.isEmpty else {
            throw DomainError(.userInput, "The roster does not say where this node can be reached.")
        }
        let secret = RandomDigits.hexadecimal(64)
        let expiresAt = try self.invitations.add(secret, as: role, reading: projects, at: self.clock())
        let invitation = Invitation(
            addresses: own.addresses, node: self.node, key: self.book.key, secret: secret)
        return RegionInvitation(text: invitation.text, expiresAt: expiresAt)
    }

    func accepts(_ invitation: String) throws -> Bool {
        try self.invitations.grant(invitation, at: self.clock()) != nil
    }

    func admit(_ node: RosterNode, by invitation: String) throws -> Roster {
        guard let grant = try self.invitations.grant(invitation, at: self.clock()), let roster = self.book.current
        else {
            throw SyncError(.forbidden, scope: .stream, publicMessage: "The invitation was used, or is too old.")
        }
        guard node.role == grant.role else {
            let name = grant.role == .edge ? "an edge" : "a region"
            throw SyncError(.forbidden, scope: .stream, publicMessage: "The invitation is for \(name).")
        }
        if let rival = roster.node(named: node.name), rival.id != node.id {
            throw SyncError(.forbidden, scope: .stream, publicMessage: "Another node is called \(node.name).")
        }
        var node = node
        node.projects = grant.projects
        let signed = try self.sign(roster.nodes.filter { $0.id != node.id } + [node], after: roster)
        try self.invitations.remove(invitation, at: self.clock())
        return signed
    }

    /// The node is trusted no more, by anybody who hears of it.
    ///
    /// - Throws: ``DomainError`` when there is no such node, or it is this one.
    func remove(_ name: String) throws {
        guard let roster = self.book.current, let node = roster.node(named: name) else {
            throw DomainError(.notFound, "The roster lists no node \(name).")
        }
        guard node.id != self.node else {
            throw DomainError(.userInput, "This node keeps the organisation's key and cannot leave.")
        }
        _ = try self.sign(roster.nodes.filter { $0.id != node.id }, after: roster)
    }

    private func sign(_ nodes: [RosterNode], after roster: Roster) throws -> Roster {
        let nodes = nodes.sorted { $0.id < $1.id }
        guard nodes != roster.nodes else { return roster }
        guard nodes.count <= Limits.rosterNodeCountMax else {
            throw SyncError(
                .forbidden, scope: .stream, publicMessage: "A roster has at most \(Limits.rosterNodeCountMax) nodes.")
        }
        let next = Roster(version: roster.version + 1, issuedAt: self.clock(), nodes: nodes)
        return try self.book.take(try self.signer.sign(next)).0
    }
}

/// Where a data directory keeps the organisation's key.
struct OrganisationKey {
    private let file: URL

    init(_ directory: URL) {
        self.file = directory.appendingPathComponent("organisation.pem")
    }

    /// `nil` when it is not kept here.
    func signer() throws -> RosterSigner? {
        guard FileManager.default.fileExists(atPath: self.file.path) else { return nil }
        return try RosterSigner(file: self.file.path)
    }

    /// - Throws: ``UsageFailure`` when there is one already.
    func create() throws -> RosterSigner {
        let signer = RosterSigner()
        try signer.write(to: self.file.path)
        return signer
    }
}

/// Lets administrators see and change which regions there are.
struct NodeRegionControl: RegionControl {
    let service: RegionService?
    let compaction: CompactionService
    let organisation: Organisation?

    var regions: [RegionStatus] {
        (self.service?.regions ?? []).map { status in
            let standing = self.compaction.standing(of: status.node)
            return RegionStatus(
                name: status.name, region: status.region, lastCompleted: status.lastCompleted, problem: status.problem,
                lastHeard: standing?.lastHeard, unacknowledgedCount: standing?.unacknowledgedCount,
                isEvicted: standing?.isEvicted ?? false)
        }
    }

    func bring(_ project: ProjectID, from node: NodeID) async throws {
        try await self.service?.bring(project, from: node)
    }

    func invite(_ role: NodeRole, reading projects: [ProjectID]?) async throws -> RegionInvitation {
        try await self.keeper.invite(role, reading: projects)
    }

    func remove(_ name: String) async throws { try await self.keeper.remove(name) }

    private var keeper: Organisation {
        get throws {
            guard let organisation else {
                throw DomainError(
                    .forbidden,
                    "The organisation's key is not on this node. Ask the node that `tiebeam region create` was run on, or "
                        + "sign a roster with `tiebeam roster sign`.")
            }
            return organisation
        }
    }
}
