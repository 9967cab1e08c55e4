import ObjectModel
import Storage

extension MemoryTransaction {
    func blob(_ id: BlobID, in project: ProjectID) throws -> Blob? {
        let key = MemoryRows.Key(project: project, id: id)
        return self.rows.deletedBlobs.contains(key) ? nil : self.rows.blobs[key]
    }

    private func matching(_ project: ProjectID, _ text: String?) -> [Blob] {
        self.rows.blobs.filter { key, blob in
            key.project == project && !self.rows.deletedBlobs.contains(key)
                && (text.map { blob.fileName.lowercased().contains($0.lowercased()) } ?? true)
        }.map(\.value)
    }

    func blobs(in project: ProjectID, named text: String?, after: PageKey?, limit: Int) throws -> [Blob] {
        Self.page(self.matching(project, text), after, limit) { PageKey(time: $0.createdAt, id: $0.id.rawValue) }
    }

    func blobTotals(in project: ProjectID, named text: String?) throws -> BlobTotals {
        let blobs = self.matching(project, text)
        return BlobTotals(count: blobs.count, byteCount: blobs.reduce(0) { $0 + $1.byteCount })
    }

    func content(_ digest: ContentHash, in project: ProjectID) throws -> BlobContent? {
        self.rows.blobs.values.first { $0.project == project && $0.digest == digest }?.content
            ?? self.rows.receivedContents[.init(project: project, id: digest)]
    }

    func allContents() throws -> [ContentHash] {
        Set(self.rows.blobs.values.map(\.digest) + self.rows.receivedContents.keys.map(\.id))
            .sorted { $0.description < $1.description }
    }

    func put(_ blob: Blob) throws {
        try Self.require(self.rows.projects[blob.project] != nil, "blobs.project")
        let key = MemoryRows.Key(project: blob.project, id: blob.id)
        self.rows.blobs[key] = blob
        self.rows.deletedBlobs.remove(key)
    }

    func deleteBlob(_ id: BlobID, in project: ProjectID) throws {
        let key = MemoryRows.Key(project: project, id: id)
        if self.rows.blobs[key] != nil { self.rows.deletedBlobs.insert(key) }
    }

    func noteContent(_ content: BlobContent, in project: ProjectID) throws {
        self.rows.receivedContents[.init(project: project, id: content.digest)] = content
    }
}
