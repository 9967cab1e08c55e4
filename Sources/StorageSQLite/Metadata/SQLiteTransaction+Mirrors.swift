import GRDB
import ObjectModel
import Storage

/// What this node copies from others.
extension SQLiteTransaction {
    func mirror(of project: ProjectID) throws -> Mirror? {
        try self.one("SELECT * FROM mirrors WHERE project = ?", [project.rawValue], Self.mirror)
    }

    func mirrors() throws -> [Mirror] { try self.all("SELECT * FROM mirrors ORDER BY project", [], Self.mirror) }

    private static func mirror(_ row: Row) throws -> Mirror {
        Mirror(
            project: ProjectID(rawValue: row["project"]),
            sourceAddress: try Self.address(row["source_host"], row["source_port"], row["source_route"]),
            sourceNode: NodeID(rawValue: row["source_node"]), sourceToken: row["source_token"],
            epoch: UInt64(bitPattern: row["epoch"] as Int64),
            nextOrdinal: UInt64(bitPattern: row["next_ordinal"] as Int64),
            gatheredEnd: UInt64(bitPattern: row["gathered_end"] as Int64),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    private static func address(_ host: String?, _ port: Int?, _ route: String?) throws -> NodeAddress? {
        guard let host else { return nil }
        guard let port = port.flatMap(UInt16.init(exactly:)), let route = route.flatMap(SyncRoute.init(rawValue:))
        else { throw StorageError.corrupt("the address of a copy's source is none") }
        return NodeAddress(host: host, port: port, route: route)
    }

    func put(_ mirror: Mirror) throws {
        try self.run(
            "INSERT OR REPLACE INTO mirrors VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                mirror.project.rawValue, mirror.sourceAddress?.host, mirror.sourceAddress.map { Int($0.port) },
                mirror.sourceAddress?.route.rawValue, mirror.sourceNode.rawValue, mirror.sourceToken,
                Int64(bitPattern: mirror.epoch), Int64(bitPattern: mirror.nextOrdinal),
                mirror.createdAt.millisecondsSinceEpoch, Int64(bitPattern: mirror.gatheredEnd),
            ])
    }

    func deleteMirror(of project: ProjectID) throws {
        try self.run("DELETE FROM mirrors WHERE project = ?", [project.rawValue])
        try self.run("DELETE FROM local_readers WHERE project = ?", [project.rawValue])
        try self.run("DELETE FROM mirror_sources WHERE project = ?", [project.rawValue])
    }

    func peerCursor(of node: NodeID, in project: ProjectID) throws -> PeerCursor? {
        try self.one(
            "SELECT * FROM peer_cursors WHERE project = ? AND node = ?", [project.rawValue, node.rawValue]
        ) { row in
            PeerCursor(
                project: project, node: node, epoch: UInt64(bitPattern: row["epoch"]),
                nextOrdinal: UInt64(bitPattern: row["next_ordinal"]))
        }
    }

    func put(_ cursor: PeerCursor) throws {
        try self.run(
            "INSERT OR REPLACE INTO peer_cursors VALUES (?, ?, ?, ?)",
            [
                cursor.project.rawValue, cursor.node.rawValue, Int64(bitPattern: cursor.epoch),
                Int64(bitPattern: cursor.nextOrdinal),
            ])
    }

    func deletePeerCursor(of node: NodeID, in project: ProjectID) throws {
        try self.run(
            "DELETE FROM peer_cursors WHERE project = ? AND node = ?", [project.rawValue, node.rawValue])
    }

    func deletePeerCursors(in project: ProjectID) throws {
        try self.run("DELETE FROM peer_cursors WHERE project = ?", [project.rawValue])
    }

    func grantReading(of project: ProjectID, to user: UserID) throws {
        try self.run("INSERT OR IGNORE INTO local_readers VALUES (?, ?)", [project.rawValue, user.rawValue])
    }

    // MARK: Further sources

    func mirrorSources(of project: ProjectID) throws -> [MirrorSource] {
        try self.all("SELECT * FROM mirror_sources WHERE project = ? ORDER BY number", [project.rawValue]) { row in
            MirrorSource(
                project: project, node: NodeID(rawValue: row["node"]),
                address: try Self.address(row["host"], row["port"], row["route"]), token: row["token"],
                epoch: UInt64(bitPattern: row["epoch"] as Int64),
                nextOrdinal: UInt64(bitPattern: row["next_ordinal"] as Int64))
        }
    }

    func put(_ source: MirrorSource) throws {
        try self.run(
            """
            INSERT INTO mirror_sources (project, node, host, port, route, token, epoch, next_ordinal)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (project, node) DO UPDATE SET host = excluded.host, port = excluded.port,
                route = excluded.route, token = excluded.token, epoch = excluded.epoch,
                next_ordinal = excluded.next_ordinal
            """,
            [
                source.project.rawValue, source.node.rawValue, source.address?.host,
                source.address.map { Int($0.port) }, source.address?.route.rawValue, source.token,
                Int64(bitPattern: source.epoch), Int64(bitPattern: source.nextOrdinal),
            ])
    }

    func deleteMirrorSource(_ node: NodeID, of project: ProjectID) throws {
        try self.run(
            "DELETE FROM mirror_sources WHERE project = ? AND node = ?", [project.rawValue, node.rawValue])
    }

    // MARK: Pushes

    func pushMark(of source: ProjectID, to target: ProjectID, at node: NodeID) throws -> PushMark? {
        try self.one(
            "SELECT epoch, next_ordinal FROM push_marks WHERE source = ? AND node = ? AND target = ?",
            [source.rawValue, node.rawValue, target.rawValue]
        ) { row in
            PushMark(
                source: source, node: node, target: target, epoch: UInt64(bitPattern: row["epoch"] as Int64),
                nextOrdinal: UInt64(bitPattern: row["next_ordinal"] as Int64))
        }
    }

    func put(_ mark: PushMark) throws {
        try self.run(
            "INSERT OR REPLACE INTO push_marks VALUES (?, ?, ?, ?, ?)",
            [
                mark.source.rawValue, mark.node.rawValue, mark.target.rawValue, Int64(bitPattern: mark.epoch),
                Int64(bitPattern: mark.nextOrdinal),
            ])
    }
}
