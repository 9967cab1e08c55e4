import GraphQL
import ObjectModel
import Storage
import Testing

@testable import Node

@Suite struct CommentDocumentTests {
    private func read(_ json: String) throws -> GraphQLValue {
        try JSONReader.decode(Array(json.utf8), depthMax: 200)
    }

    @Test(
        "COMMENT-1: the words of a document, a line for each block",
        arguments: [
            (#"{"type":"doc"}"#, ""), (#"{"type":"doc","content":[{"type":"paragraph"}]}"#, ""),
            (#"{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]}"#, "a"),
            (
                #"""
                {"type":"doc","content":[
                  {"type":"paragraph","content":[{"type":"text","text":"Ask "},{"type":"mention","attrs":{"label":"Ann"}},
                    {"type":"hardBreak"},{"type":"text","text":"why","marks":[{"type":"bold"}]}]},
                  {"type":"bulletList","content":[
                    {"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"}]}]},
                    {"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"two"}]}]}]}]}
                """#, "Ask @Ann\nwhy\none\ntwo"
            ),
        ])
    func words(_ json: String, _ text: String) throws {
        let content = try CommentDocument.content(try self.read(json), blobs: [])
        #expect(content.plainText == text)
        #expect(CommentDocument.value(content.document) == (try self.read(json)))
    }

    @Test(
        "COMMENT-2: what is no document is refused",
        arguments: [
            "{}", "[]", "1", #""doc""#, #"{"type":"paragraph"}"#, #"{"type":1}"#, #"{"type":""}"#,
            #"{"type":"doc","content":{}}"#, #"{"type":"doc","content":[1]}"#, #"{"type":"doc","content":[{}]}"#,
            #"{"type":"doc","content":[{"type":"text","text":1}]}"#, #"{"type":"doc","attrs":[]}"#,
            #"{"type":"doc","content":[{"type":"text","marks":["bold"]}]}"#,
            #"{"type":"doc","content":["# + String(repeating: #"{"type":"x","content":["#, count: 40)
                + String(repeating: "]}", count: 40) + "]}",
        ])
    func refusals(_ json: String) throws {
        #expect(throws: DomainError.self) { try CommentDocument.content(try self.read(json), blobs: []) }
    }

    @Test("COMMENT-3: files alone are a comment, each of them once")
    func files() throws {
        let content = try CommentDocument.content(.null, blobs: ["b", "a", "b"])
        #expect(content == CommentContent(document: nil, plainText: "", blobs: ["b", "a"].map(BlobID.init(rawValue:))))
        #expect(CommentDocument.value(nil) == nil)
        #expect(CommentDocument.value("no json") == nil)
    }

    @Test("COMMENT-4: what viewers load is the same text in any order, and each part is told by its form")
    func resources() throws {
        let object = String(repeating: "ab", count: 16)
        let resources = try ViewerResources(" m@v,,\(object.uppercased()) , $Site/A ,all,M@V")
        #expect(resources.text == "$site/a,\(object),all,m@v")
        #expect(
            resources.parts.map(\.part) == [
                .folder("site/a"), .object(try #require(ObjectID(hex: object))), .all,
                .model(ModelID(rawValue: "m"), VersionID(rawValue: "v")),
            ])
        #expect(try ViewerResources("m").parts.map(\.part) == [.model(ModelID(rawValue: "m"), nil)])
        #expect(try ViewerResources(" , ").isEmpty)
    }
}
