import ObjectModel
import Storage
import SyncProtocol

/// The cursor that is kept for one source of a mirrored project, or for another region of one that is written here as well.
enum SourceCursor {
    /// `nil` while nothing is known to be held of the node's journal.
    static func read(
        _ project: ProjectID, _ source: NodeID, _ rows: any MetadataReading
    ) throws -> JournalCursor? {
        if let mirror = try rows.mirror(of: project), mirror.sourceNode == source {
            return mirror.epoch == 0 ? nil : JournalCursor(epoch: mirror.epoch, nextOrdinal: mirror.nextOrdinal)
        }
        if try rows.mirror(of: project) == nil {
            return try rows.peerCursor(of: source, in: project).map {
                JournalCursor(epoch: $0.epoch, nextOrdinal: $0.nextOrdinal)
            }
        }
        let further = try rows.mirrorSource(source, of: project)
        return further.flatMap { further in
            further.epoch == 0 ? nil : JournalCursor(epoch: further.epoch, nextOrdinal: further.nextOrdinal)
        }
    }

    /// Passes over a node that is no source any more.
    static func save(
        _ cursor: JournalCursor, _ project: ProjectID, _ source: NodeID, _ rows: any MetadataWriting
    ) throws {
        if var mirror = try rows.mirror(of: project), mirror.sourceNode == source {
            (mirror.epoch, mirror.nextOrdinal) = (cursor.epoch, cursor.nextOrdinal)
            try rows.put(mirror)
        } else if var further = try rows.mirrorSource(source, of: project) {
            (further.epoch, further.nextOrdinal) = (cursor.epoch, cursor.nextOrdinal)
            try rows.put(further)
        } else if try rows.mirror(of: project) == nil {
            try rows.put(
                PeerCursor(
                    project: project, node: source, epoch: cursor.epoch, nextOrdinal: cursor.nextOrdinal))
        }
    }
}
