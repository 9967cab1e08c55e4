import Foundation
import ObjectModel
import Testing

@Suite struct VersionRootTests {
    private static let content: BlobContent = {
        let hash = [1, 2, 3].withUnsafeBytes { ContentHash(of: $0) }
        return BlobContent(byteCount: 3, digest: hash, contentHash: hash)
    }()

    private static func version(_ root: VersionRoot) -> Version {
        Version(
            id: VersionID(rawValue: "v"), project: ProjectID(rawValue: "p"), model: ModelID(rawValue: "m"), root: root,
            message: nil, sourceApplication: nil, totalChildrenCount: 1, parents: [], author: nil,
            createdAt: Timestamp(millisecondsSinceEpoch: 5))
    }

    private static func text(_ version: Version) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(version), as: UTF8.self)
    }

    @Test(
        "BUNDLE-1: the name of a file is bare, and shows",
        arguments: [
            "", ".", "..", "a/b", "/a", "a\\b", "c:a", "a\u{0}", "a\nb", "a\u{7F}", String(repeating: "é", count: 128),
        ])
    func refusedName(_ name: String) {
        #expect(!BundleFile.isName(name))
        #expect(BundleFile(name: name, content: Self.content) == nil)
    }

    @Test(
        "BUNDLE-2: files are called by whatever their makers call them",
        arguments: [
            "a", "0123456789.eav.objects.parquet", "Haus [a29] – Süd.geometries.1.parquet", "...", ".a", "%2F", "家",
            String(repeating: "x", count: 255),
        ])
    func allowedName(_ name: String) { #expect(BundleFile.isName(name)) }

    @Test("BUNDLE-3: a bundle has files, in the order of their names, each name once")
    func order() throws {
        func file(_ name: String) -> BundleFile? { BundleFile(name: name, content: Self.content) }
        let files = ["b", "a", "ä", "B"].compactMap(file)
        let root = try #require(VersionRoot.bundle(of: files))
        #expect(root.files.map(\.name) == ["B", "a", "b", "ä"] && root.object == nil)
        #expect(VersionRoot.bundle(of: []) == nil)
        #expect(VersionRoot.bundle(of: files + files.prefix(1)) == nil)
        #expect(VersionRoot.bundle(of: (0...256).compactMap { file("\($0)") }) == nil)
    }

    @Test("BUNDLE-4: a version of objects is written as it always was, and one of files names them")
    func json() throws {
        let object = try #require(ObjectID(hex: String(repeating: "ab", count: 16)))
        let hash = Self.content.digest
        let texts = [
            #"{"createdAt":5,"id":"v","model":"m","parents":[],"project":"p","rootObject":"\#(object)","totalChildrenCount":1}"#,
            #"{"bundle":[{"byteCount":3,"contentHash":"\#(hash)","digest":"\#(hash)","name":"a"}],"createdAt":5,"id":"v","#
                + #""model":"m","parents":[],"project":"p","totalChildrenCount":1}"#,
        ]
        let bundle = VersionRoot.bundle([try #require(BundleFile(name: "a", content: Self.content))])
        for (root, text) in zip([VersionRoot.object(object), bundle], texts) {
            #expect(try Self.text(Self.version(root)) == text)
            #expect(try JSONDecoder().decode(Version.self, from: Data(text.utf8)) == Self.version(root))
        }
        #expect(Self.version(.object(object)).reference == object.hex)
        #expect(Self.version(bundle).reference == "bundle.p.m.v")
    }

    @Test(
        "BUNDLE-5: what is no bundle is not read as one",
        arguments: [
            #"[]"#, #"[{"name":"../a"}]"#, #"[{"name":"b"},{"name":"a"}]"#, #"[{"name":"a"},{"name":"a"}]"#, #"7"#,
        ])
    func refusedJSON(_ list: String) {
        let members = #""byteCount":3,"contentHash":"\#(Self.content.digest)","digest":"\#(Self.content.digest)",""#
        let files = list.replacingOccurrences(of: "{\"", with: "{" + members)
        let text = #"{"bundle":\#(files),"createdAt":5,"id":"v","model":"m","parents":[],"project":"p"}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Version.self, from: Data(text.utf8)) }
    }
}
