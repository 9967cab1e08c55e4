/// What all of a version hangs on.
public enum VersionRoot: Equatable, Sendable {
    /// Every object that it leads to is in the project's store.
    case object(ObjectID)
    /// There are no objects: these files hold everything, and the bytes of each are on the node. They stand in the order of
    /// their names' bytes.
    case bundle([BundleFile])

    /// Files of one bundle.
    public static let fileCountMax = 256

    /// A bundle of `files`, in any order.
    ///
    /// - Returns: `nil` when there are none, too many, or two of one name.
    public static func bundle(of files: [BundleFile]) -> VersionRoot? {
        let sorted = files.sorted { $0.isBefore($1) }
        return self.isBundle(sorted) ? .bundle(sorted) : nil
    }

    fileprivate static func isBundle(_ files: [BundleFile]) -> Bool {
        (1...self.fileCountMax).contains(files.count)
            && zip(files, files.dropFirst()).allSatisfy { $0.isBefore($1) }
    }

    /// `nil` for a bundle.
    public var object: ObjectID? {
        guard case .object(let id) = self else { return nil }
        return id
    }

    /// Empty where there are objects.
    public var files: [BundleFile] {
        guard case .bundle(let files) = self else { return [] }
        return files
    }
}

/// One file of a bundle, which holds a version instead of objects.
public struct BundleFile: Equatable, Sendable {
    public static let nameByteCountMax = 255

    /// Bare: clients make a file of this name in a directory of theirs.
    public let name: String
    public let content: BlobContent

    /// - Returns: `nil` when the name is none for a file.
    public init?(name: String, content: BlobContent) {
        guard Self.isName(name) else { return nil }
        self.name = name
        self.content = content
    }

    /// By the bytes of the name.
    public func isNamed(_ name: String) -> Bool { self.name.utf8.elementsEqual(name.utf8) }

    /// By the bytes of the names.
    fileprivate func isBefore(_ other: BundleFile) -> Bool {
        self.name.utf8.lexicographicallyPrecedes(other.name.utf8)
    }

    /// Whether a file may be called so, in any directory of any system: no path, and nothing that does not show.
    public static func isName(_ name: String) -> Bool {
        (1...self.nameByteCountMax).contains(name.utf8.count) && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { scalar in
                !"/\\:".unicodeScalars.contains(scalar) && scalar.properties.generalCategory != .control
            }
    }
}

// MARK: - As JSON

extension VersionRoot: Codable {
    private enum CodingKeys: String, CodingKey { case rootObject, bundle }

    /// Reads one of two members of an object: `rootObject`, an id, or `bundle`, a list.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.bundle) else {
            self = .object(try container.decode(ObjectID.self, forKey: .rootObject))
            return
        }
        let files = try container.decode([BundleFile].self, forKey: .bundle)
        guard Self.isBundle(files), !container.contains(.rootObject) else {
            throw DecodingError.dataCorruptedError(forKey: .bundle, in: container, debugDescription: "no bundle")
        }
        self = .bundle(files)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .object(let id): try container.encode(id, forKey: .rootObject)
        case .bundle(let files): try container.encode(files, forKey: .bundle)
        }
    }
}

extension BundleFile: Codable {
    private enum CodingKeys: String, CodingKey { case name, byteCount, digest, contentHash }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let content = BlobContent(
            byteCount: try container.decode(UInt64.self, forKey: .byteCount),
            digest: try container.decode(ContentHash.self, forKey: .digest),
            contentHash: try container.decode(ContentHash.self, forKey: .contentHash))
        guard let file = BundleFile(name: try container.decode(String.self, forKey: .name), content: content) else {
            throw DecodingError.dataCorruptedError(forKey: .name, in: container, debugDescription: "no file's name")
        }
        self = file
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.name, forKey: .name)
        try container.encode(self.content.byteCount, forKey: .byteCount)
        try container.encode(self.content.digest, forKey: .digest)
        try container.encode(self.content.contentHash, forKey: .contentHash)
    }
}
