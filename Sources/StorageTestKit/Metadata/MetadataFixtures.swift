package import ObjectModel
package import Storage

/// Short ways to make rows in tests. Equal arguments give equal rows.
package enum Fixture {
    package static func time(_ second: Int64) -> Timestamp { Timestamp(millisecondsSinceEpoch: second * 1000) }

    /// An id of ten digits that ends in `number`.
    package static func id<ID: EntityID>(_ number: Int) -> ID {
        let digits = String(number, radix: 16)
        return ID(rawValue: String(repeating: "0", count: ID.digitCount - digits.count) + digits)
    }

    package static func object(_ number: UInt64) -> ObjectID { ObjectID(high: 0xABCD, low: number) }

    package static func node(_ number: Int) -> NodeID {
        let digits = String(number, radix: 16)
        return NodeID(rawValue: String(repeating: "0", count: 64 - digits.count) + digits)
    }

    package static func user(_ number: Int, name: String = "Ada", email: String? = nil) -> User {
        User(
            id: self.id(number), name: name, email: email ?? "person\(number)@example.org", role: .user,
            passwordHash: "$argon2id$\(number)", createdAt: self.time(Int64(number)))
    }

    package static func email(
        _ number: Int, of user: Int, _ address: String, isVerified: Bool = false, at second: Int64 = 1
    ) -> UserEmail {
        UserEmail(
            id: self.id(number), user: self.id(user), address: address, isVerified: isVerified,
            createdAt: self.time(second))
    }

    package static func token(
        _ number: Int, of owner: Int, kind: Token.Kind = .personal, at second: Int64 = 1
    ) -> Token {
        Token(
            id: self.id(number), owner: self.id(owner), name: "token \(number)", kind: kind,
            app: kind == .personal ? nil : AppID(rawValue: "spklwebapp"),
            secretHash: [UInt8(truncatingIfNeeded: number)].withUnsafeBytes { ContentHash(of: $0) },
            lastCharacters: "abcdef", scopes: [.streamsRead, .profileRead], createdAt: self.time(second),
            lifespanMilliseconds: 3_600_000)
    }

    package static func embedToken(_ number: Int, of owner: Int, showing project: Int, at second: Int64 = 1) -> Token {
        var token = self.token(number, of: owner, at: second)
        (token.kind, token.projects, token.resources) = (.embed, [self.id(project)], "models")
        return token
    }

    package static func app(_ number: Int, by author: Int, at second: Int64 = 1) -> RegisteredApp {
        RegisteredApp(
            id: self.id(number), author: self.id(author),
            secretHash: [UInt8(truncatingIfNeeded: number)].withUnsafeBytes { ContentHash(of: $0) },
            registration: self.registration("Tool \(number)"), createdAt: self.time(second))
    }

    package static func registration(_ name: String, scopes: [Scope] = [.streamsRead]) -> AppRegistration {
        AppRegistration(
            name: name, description: "Counts walls.", isPublic: false, redirectURL: "https://tool.example",
            scopes: scopes)
    }

    package static func project(_ number: Int, name: String = "Harbour", changed second: Int64 = 1) -> Project {
        Project(
            id: self.id(number), name: name, description: "about \(number)", visibility: .private,
            allowPublicComments: false, createdAt: self.time(0), updatedAt: self.time(second))
    }

    package static func model(
        _ number: Int, in project: Int, name: String? = nil, changed second: Int64 = 1
    ) -> Model {
        Model(
            id: self.id(number), project: self.id(project), name: name ?? "model \(number)", description: nil,
            author: self.id(1), createdAt: self.time(0), updatedAt: self.time(second))
    }

    package static func version(
        _ number: Int, of model: Int, in project: Int, at second: Int64 = 1, app: String? = nil, author: Int? = nil
    ) -> Version {
        Version(
            id: self.id(number), project: self.id(project), model: self.id(model),
            root: .object(self.object(UInt64(number))), message: nil, sourceApplication: app, totalChildrenCount: nil,
            parents: [], author: author.map { self.id($0) }, createdAt: self.time(second))
    }

    /// Files of equal `content` have the same bytes.
    package static func invite(
        _ number: Int, to project: Int, for target: Invite.Target, message: String? = nil, at second: Int64 = 1
    ) -> Invite {
        Invite(
            id: self.id(number), project: self.id(project), target: target, role: .reviewer, inviter: self.id(1),
            message: message, createdAt: self.time(second))
    }

    package static func serverInvite(
        _ number: Int, by inviter: Int, email: String? = nil, token: String = "token", at second: Int64 = 1
    ) -> ServerInvite {
        ServerInvite(
            id: self.id(number), email: email ?? "new\(number)@example.org", role: .user, inviter: self.id(inviter),
            message: "Grüße", tokenHash: ContentHash(of: token), createdAt: self.time(second))
    }

    package static func blob(
        _ number: Int, in project: Int, named name: String = "plan.ifc", content: Int = 1, at second: Int64 = 1
    ) -> Blob {
        Blob(
            id: self.id(number), project: self.id(project), fileName: name, content: self.content(content),
            author: self.id(1), createdAt: self.time(second))
    }

    /// - Parameter thread: that it answers in.
    package static func comment(
        _ number: Int, in project: Int, thread: Int? = nil, by author: Int = 1, on resources: [CommentResource] = [],
        saying text: String = "wie schön", at second: Int64 = 1
    ) -> Comment {
        Comment(
            id: self.id(number), project: self.id(project), thread: thread.map { self.id($0) }, author: self.id(author),
            content: self.words(text), resources: resources, createdAt: self.time(second))
    }

    package static func webhook(
        _ number: Int, of project: Int, triggers: [String] = ["commit_create"], secret: String? = "secret",
        at second: Int64 = 1
    ) -> Webhook {
        Webhook(
            id: self.id(number), project: self.id(project), url: "https://tool.example/\(number)", description: nil,
            triggers: triggers, secret: WebhookSecret(secret), isEnabled: true, createdAt: self.time(second))
    }

    package static func delivery(
        _ number: Int, to webhook: Int, of project: Int, at second: Int64 = 1
    ) -> WebhookDelivery {
        let event = WebhookEvent(
            "commit_create", by: self.user(1), in: self.project(project), message: "Version made",
            data: ["id": "\(number)"], at: self.time(second))
        return WebhookDelivery(
            id: self.id(number), to: WebhookDelivery.Endpoint(self.id(webhook), in: self.id(project)), event,
            at: self.time(second))
    }

    package static func words(_ text: String) -> CommentContent {
        CommentContent(document: #"{"type":"doc"}"#, plainText: text, blobs: [])
    }

    /// Of a file that is `number` bytes long.
    package static func content(_ number: Int) -> BlobContent {
        func hash(_ byte: UInt8) -> ContentHash {
            [byte, UInt8(truncatingIfNeeded: number)].withUnsafeBytes { ContentHash(of: $0) }
        }
        return BlobContent(byteCount: UInt64(number), digest: hash(0), contentHash: hash(1))
    }

    /// A bundle of files with these contents.
    package static func bundle(_ numbers: [Int]) -> VersionRoot {
        let files = numbers.enumerated().compactMap { index, number in
            BundleFile(name: "\(index).parquet", content: self.content(number))
        }
        guard let root = VersionRoot.bundle(of: files) else { preconditionFailure("these names differ") }
        return root
    }

    package static func operation(
        _ sequence: UInt64, by node: Int = 1, in scope: LogScope = .server, body: [UInt8] = Array("{}".utf8)
    ) -> Operation {
        Operation(
            scope: scope, origin: self.node(node), sequence: sequence,
            timestamp: self.time(Int64(sequence % 1_000_000)), actor: nil, body: body)
    }

    package static func mirrorSource(_ node: Int, of project: Int) -> MirrorSource {
        MirrorSource(
            project: self.id(project), node: self.node(node), address: NodeAddress(host: "other.example", port: 3001),
            token: "secret")
    }

    package static func mirror(of project: Int) -> Mirror {
        Mirror(
            project: self.id(project), sourceAddress: NodeAddress(host: "source.example", port: 3001),
            sourceNode: self.node(9), sourceToken: "secret", createdAt: self.time(5))
    }
}
