import ObjectModel

extension ProjectID {
    private static let uploadsSuffix = "-uploads"

    /// Where an edge keeps what was uploaded to it, until its region has it. No project is called so.
    var uploads: ProjectID { ProjectID(rawValue: self.rawValue + Self.uploadsSuffix) }

    /// The project whose ``uploads`` these are; `nil` when they are no uploads.
    init?(ofUploads uploads: ProjectID) {
        guard uploads.rawValue.hasSuffix(Self.uploadsSuffix) else { return nil }
        self.init(rawValue: String(uploads.rawValue.dropLast(Self.uploadsSuffix.count)))
    }
}
