import HTTPTypes
import Hummingbird
import ObjectModel
import Storage
import Testing

@testable import Node

@Suite struct LinkSignerTests {
    private static let signer = LinkSigner(secret: Array(repeating: 7, count: 32))
    private static let end = Timestamp(millisecondsSinceEpoch: 5_000)
    private static let (project, ingestion) = (ProjectID(rawValue: "p"), IngestionID(rawValue: "i"))
    private static let link = Link.sendBundleFile("a b.parquet", of: Self.ingestion, in: Self.project)

    private static func request(_ path: String) -> Request {
        Request(
            head: HTTPRequest(method: .put, scheme: nil, authority: nil, path: path),
            body: RequestBody(buffer: .init()))
    }

    private static func check(
        _ path: String, is link: Link = Self.link, at milliseconds: Int64 = 0, by signer: LinkSigner = Self.signer
    ) throws {
        try signer.check(
            self.request(path), is: link, at: Timestamp(millisecondsSinceEpoch: milliseconds))
    }

    @Test("LINK-1: a link is recognised until its end, by whoever signed it")
    func recognised() throws {
        let path = Self.signer.sign(Self.link, until: Self.end)
        #expect(path.hasPrefix("/api/v2/projects/p/modelingestion/i/uploads/a%20b.parquet?expires=5&signature="))
        try Self.check(path)
        try Self.check(path, at: 4_999)
        try Self.check(path, by: LinkSigner(secret: Array(repeating: 7, count: 32)))
        #expect(throws: DomainError.self) { try Self.check(path, at: 5_000) }
        #expect(throws: DomainError.self) {
            try Self.check(path, by: LinkSigner(secret: Array(repeating: 8, count: 32)))
        }
    }

    @Test("LINK-2: a link is for one thing")
    func bound() throws {
        let path = Self.signer.sign(Self.link, until: Self.end)
        let others = [
            Link.sendBundleFile("a b.parque", of: Self.ingestion, in: Self.project),
            .sendBundleFile("a b.parquet", of: IngestionID(rawValue: "j"), in: Self.project),
            .sendBundleFile("a b.parquet", of: Self.ingestion, in: ProjectID(rawValue: "q")),
            .readBundleFile("a b.parquet", of: VersionID(rawValue: "i"), in: Self.project),
            // The same letters, cut elsewhere.
            .sendBundleFile("a b.parquet", of: IngestionID(rawValue: "pi"), in: ProjectID(rawValue: "")),
        ]
        for other in others { #expect(throws: DomainError.self) { try Self.check(path, is: other) } }
    }

    @Test(
        "LINK-3: what was altered, or is not signed, is refused",
        arguments: [
            "?", "?expires=5", "?expires=5&signature=", "?expires=5&signature=zz", "?signature=00",
            "?expires=5&signature=\(String(repeating: "0", count: 64))",
        ])
    func altered(_ query: String) throws {
        #expect(throws: DomainError.self) { try Self.check(Self.link.path + query) }
        let path = Self.signer.sign(Self.link, until: Self.end)
        let later = path.replacing("expires=5", with: "expires=6")
        #expect(throws: DomainError.self) { try Self.check(later) }
        let last = path.last == "0" ? "1" : "0"
        #expect(throws: DomainError.self) { try Self.check(path.dropLast() + last) }
    }
}
