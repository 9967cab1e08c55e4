import ObjectModel
import Storage
import SyncProtocol

/// The cursor that is kept for one source of a mirrored project.
enum SourceCursor {
    /// `nil` while nothing is known to be held of the node's journal.
    static func read(
        _ project: ProjectID, _ source: NodeID, _ rows: any MetadataReading
    ) throws -> JournalCursor? {
        if let mirror = try rows.mirror(of: project), mirror.sourceNode == source {
            return mirror.epoch == 0 ? nil : JournalCursor(epoch: mirror.epoch, nextOrdinal: mirror.nextOrdinal)
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
        }
    }
}
