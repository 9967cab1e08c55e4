import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// What webhooks are told, and by whom (`docs/adr/0015-webhooks.md`).
@Suite struct WebhookOutboxTests {
    /// Two regions with one project, and a webhook that asks for everything.
    private struct World {
        let here: Office
        let there: Office
        let project: ProjectID
        let main: Model
        let webhook: Webhook

        init(_ backend: Backend, triggers: [String] = WebhookTrigger.all) async throws {
            (self.here, self.there) = (try await Office(backend), try await Office(backend, at: Fixture.node(2)))
            let (project, main) = try await self.here.project()
            (self.project, self.main) = (project.id, main)
            self.webhook = try await self.here.perform(
                CreateWebhook(project: project.id, url: "https://tool.example", triggers: triggers))
            try await self.exchange()
        }

        func send(from: Office, to: Office) async throws {
            let scope = LogScope.project(self.project)
            let held = try await to.read { try $0.lastSequences(in: scope) }
            let ends = try await from.read { try $0.lastSequences(in: scope) }
            var feed = OperationFeed(
                from.service.store, of: scope, upTo: ends.filter { $0.value > held[$0.key, default: 0] }, held: held)
            let intake = OperationIntake(scope, now: nil, region: to.service.node)
            while let operations = try await feed.next() {
                try await to.service.store.write { try intake.take(operations, in: $0) }
            }
        }

        func exchange() async throws {
            try await self.send(from: self.here, to: self.there)
            try await self.send(from: self.there, to: self.here)
        }

        /// What one region tells the webhook, in its order.
        func told(_ office: Office) async throws -> [WebhookDelivery] {
            try await office.read { try $0.deliveries(to: .init(self.webhook.id, in: self.project), limit: .max) }
                .reversed()
        }

        /// By whoever was invited last.
        func answer(_ isAccepted: Bool) async throws -> AnswerInvite {
            let invites = try await self.here.read { try $0.invites(to: self.project) }
            return AnswerInvite(project: self.project, id: try #require(invites.first).id, isAccepted: isAccepted)
        }

        /// Performs `command` here and returns what is told of it.
        @discardableResult
        func tell<C: Command>(_ command: C, by actor: User? = nil) async throws -> [WebhookEvent] {
            let before = try await self.told(self.here).count
            try await self.here.perform(command, by: actor)
            return try await self.told(self.here).dropFirst(before).map(\.event)
        }
    }

    private static func document(mentioning users: [UserID]) -> CommentContent {
        let mentions = users.map { #"{"type":"mention","attrs":{"id":"\#($0)","label":"x"}}"# }
        return CommentContent(
            document:
                #"{"type":"doc","content":[{"type":"paragraph","content":[\#(mentions.joined(separator: ","))]}]}"#,
            plainText: "see", blobs: [])
    }

    @Test(
        "HOOK-1: each trigger is told once by the node that accepted it, and not by others", arguments: Backend.allCases
    )
    func triggers(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (here, project, owner, guest) = (world.here, world.project, world.here.owner, world.here.guest)
        var names: [String] = []
        func tell(_ command: some Command, by actor: User? = nil, _ expected: [String]) async throws {
            let told = try await world.tell(command, by: actor).map(\.name)
            #expect(told == expected)
            names += told
        }
        try await tell(UpdateProject(project, ProjectChange(name: "New")), ["stream_update"])
        try await tell(SetProjectPolicy(project: project, request: PolicyRequest(minimumCopies: 1)), ["policy_update"])
        try await tell(RequestAccess(project: project), by: guest, ["stream_access_request_sent"])
        let asked = try await here.read { try $0.accessRequest(by: guest.id, to: project) }
        let request = try #require(asked)
        try await tell(AnswerAccessRequest(request, role: nil), ["stream_access_request_declined"])
        let invitation = InviteToProject(project: project, target: .user(guest.id), role: .reviewer)
        try await tell(invitation, ["stream_invite_sent"])
        try await tell(try await world.answer(false), by: guest, ["stream_invite_declined"])
        try await tell(invitation, ["stream_invite_sent"])
        try await tell(
            try await world.answer(true), by: guest, ["stream_permissions_add", "stream_permissions_invite_accepted"])
        let removal = SetProjectRole(project: project, user: guest.id, role: nil)
        try await tell(removal, ["stream_permissions_remove"])
        // A role that nobody has is no news.
        try await tell(
            Recording(body: .roleChanged(RoleChange(user: guest.id, role: nil)), project: project), [])

        try await tell(CreateModel(project: project, name: "a", description: nil), ["branch_create"])
        let model = try #require(try await here.read { try $0.model(named: "a", in: project) })
        try await tell(UpdateModel(project: project, id: model.id, name: "b", description: nil), ["branch_update"])
        for office in [here, world.there] { office.backend.setComplete([Fixture.object(1)]) }
        try await tell(
            CreateVersion(project: project, model: model.id, root: .object(Fixture.object(1))), ["commit_create"])
        let version = try #require(
            try await here.read { try $0.newestVersions(in: project, after: nil, limit: 1) }.first)
        try await tell(UpdateVersion(project: project, id: version.id, message: "m"), ["commit_update"])
        try await tell(
            MoveVersions(project: project, ids: [version.id], targetModelName: "main"), ["commit_move"])
        try await tell(
            MarkVersionReceived(project: project, id: version.id, sourceApplication: "a", message: nil),
            ["commit_receive"])

        let content = Self.document(mentioning: [guest.id, owner.id, guest.id])
        try await tell(
            CreateComment(project: project, content: content, resources: [.version(version.id)]),
            ["comment_created", "comment_mention", "comment_mention"])
        let thread = try #require(
            try await here.read {
                try $0.comments(in: project, filter: CommentFilter(.threads), after: nil, limit: 1)
            }.first)
        try await tell(
            CreateComment(project: project, thread: thread.id, content: Fixture.words("yes")), ["comment_replied"])
        // Who was mentioned before is not told of again.
        let edited = Self.document(mentioning: [owner.id, UserID(rawValue: "other")])
        try await tell(EditComment(project: project, id: thread.id, content: edited), ["comment_mention"])
        try await tell(MarkCommentViewed(project: project, id: thread.id), [])
        try await tell(ArchiveComment(project: project, id: thread.id, isArchived: true), ["comment_archived"])
        try await tell(ArchiveComment(project: project, id: thread.id, isArchived: false), [])
        try await tell(DeleteVersions(project: project, ids: [version.id]), ["commit_delete"])
        try await tell(DeleteModel(project: project, id: model.id), ["branch_delete"])

        try await world.exchange()
        #expect(try await world.told(world.there).isEmpty)
        try await tell(DeleteProject(project), ["stream_delete"])
        try await world.exchange()
        #expect(try await world.told(world.there).isEmpty)
        // Conflicts are told of below.
        #expect(Set(names).union(["conflict_open", "conflict_close"]) == Set(WebhookTrigger.all))
        let told = try await world.told(here)
        #expect(Set(told.map(\.id)).count == told.count)
        #expect(told.allSatisfy { $0.id.rawValue.count == 20 && $0.status == .pending })
        #expect(told.allSatisfy { !$0.event.message.isEmpty && $0.event.data["id"] != nil })
        #expect(told.allSatisfy { $0.event.actor?.passwordHash == nil && $0.event.actor?.email == "" })
    }

    @Test("HOOK-1: only what a webhook asked for is told, and nothing by one that is off", arguments: Backend.allCases)
    func chosen(_ backend: Backend) async throws {
        let world = try await World(backend, triggers: ["branch_create"])
        #expect(try await world.tell(UpdateProject(world.project, ProjectChange(name: "New"))).isEmpty)
        let events = try await world.tell(CreateModel(project: world.project, name: "a", description: nil))
        #expect(events.map(\.message) == ["Model “a” created"])
        #expect(events.first?.project.name == "New")
        #expect(events.first?.data["name"] == "a")
        try await world.here.perform(UpdateWebhook(project: world.project, id: world.webhook.id, isEnabled: false))
        #expect(try await world.tell(CreateModel(project: world.project, name: "b", description: nil)).isEmpty)
    }

    @Test("HOOK-2: a deleted project's webhooks are told, also what was on its way", arguments: Backend.allCases)
    func deleted(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.tell(CreateModel(project: world.project, name: "a", description: nil))
        try await world.there.perform(CreateModel(project: world.project, name: "b", description: nil))
        try await world.here.perform(DeleteProject(world.project))
        let told = try await world.told(world.here)
        #expect(told.map(\.event.name) == ["branch_create", "stream_delete"])
        #expect(told.map(\.event.webhook) == [world.webhook, world.webhook])
        // The other region's are sent by that one.
        try await world.exchange()
        let there = try await world.told(world.there)
        #expect(there.map(\.event.name) == ["branch_create"])
        #expect(there.map(\.event.webhook) == [world.webhook])
    }

    @Test("HOOK-3: a conflict is told once, by the region that had a part in it last", arguments: Backend.allCases)
    func conflicts(_ backend: Backend) async throws {
        let world = try await World(backend, triggers: ["conflict_open", "conflict_close"])
        try await world.here.perform(UpdateProject(world.project, ProjectChange(name: "here")))
        // The clock there is behind.
        for name in ["a", "b", "c", "d", "there"] {
            try await world.there.perform(UpdateProject(world.project, ProjectChange(name: name)))
        }
        try await world.exchange()
        #expect(try await world.told(world.here).isEmpty)
        let told = try await world.told(world.there)
        let conflict = try #require(try await world.here.read { try $0.conflicts(in: .project(world.project)) }.first)
        #expect(told.map(\.event.name) == ["conflict_open"])
        #expect(told.first?.event.data["conflict"] == conflict.id)
        #expect(told.first?.event.actor == nil)
        // Whoever closes it tells that.
        try await world.here.perform(UpdateProject(world.project, ProjectChange(name: "both")))
        try await world.exchange()
        #expect(try await world.told(world.here).map(\.event.name) == ["conflict_close"])
        #expect(try await world.told(world.here).first?.event.data["conflict"] == conflict.id)
        #expect(try await world.told(world.there).count == 1)
    }

    @Test("HOOK-4: whichever region tells something, its id is the same; what was told is not told again")
    func ids() async throws {
        let world = try await World(.memory, triggers: ["branch_create"])
        try await world.tell(CreateModel(project: world.project, name: "a", description: nil))
        let told = try #require(try await world.told(world.here).first)
        let operation = try #require(try await world.here.log(.project(world.project)).last)
        let body = try #require(OperationContent(decoding: operation.body).body)
        let text = "\(operation.origin) \(operation.sequence) 0 \(world.project) \(world.webhook.id)"
        #expect(told.id.rawValue == String(ContentHash(of: text).description.prefix(20)))
        let store = world.there.service.store
        try await world.exchange()
        // As if that region were lost and this one took over.
        try await store.write { rows in
            let outbox = WebhookOutbox(rows, at: operation.origin)
            for _ in 0..<2 {
                let news = try #require(try outbox.news(of: body, [], in: operation.scope))
                try outbox.tell(news, of: operation, at: operation.timestamp)
            }
        }
        let again = try await world.told(world.there)
        #expect(again.map(\.id) == [told.id])
        // What is finished stays so.
        try await store.write { rows in
            var done = again[0]
            done.status = .delivered
            try rows.put(done)
            let outbox = WebhookOutbox(rows, at: operation.origin)
            let news = try #require(try outbox.news(of: body, [], in: operation.scope))
            try outbox.tell(news, of: operation, at: operation.timestamp)
        }
        #expect(try await world.told(world.there).map(\.status) == [.delivered])
    }

    @Test("HOOK-1: a region takes over what a lost one may not have told, under its ids", arguments: Backend.allCases)
    func takeOver(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (project, lost) = (world.project, world.here.service.node)
        try await world.tell(CreateModel(project: project, name: "old", description: nil))
        let since = world.here.now + .milliseconds(1)
        try await world.tell(CreateModel(project: project, name: "new", description: nil))
        try await world.tell(UpdateProject(project, ProjectChange(name: "Later")))
        try await world.there.perform(UpdateProject(project, ProjectChange(name: "Apart")))
        try await world.exchange()
        let before = try await world.told(world.there)
        let command = TakeOverWebhooks(project: project, region: lost, since: since)
        let expected = Set(
            try await world.told(world.here).filter { $0.event.at >= since }.map(\.id))
        let count = try await world.there.perform(command)
        let after = try await world.told(world.there)
        #expect(Set(after.map(\.id)).subtracting(before.map(\.id)) == expected)
        #expect(count == expected.count)
        #expect(count >= 2)
        #expect(try await world.there.perform(command) == 0, "all of it is on its way")
        // Nothing of its own is told by that.
        let own = TakeOverWebhooks(project: project, region: Fixture.node(9), since: since)
        #expect(try await world.there.perform(own) == 0)
    }

    @Test("the text that is sent says all but secrets, and is the same every time")
    func payload() throws {
        var webhook = Fixture.webhook(1, of: 1, triggers: ["commit_create", "stream_delete"])
        webhook.secret = WebhookSecret("hush", former: "old", formerUntil: Fixture.time(1))
        let delivery = Fixture.delivery(1, to: 1, of: 1)
        let server = WebhookServer(name: "Tiebeam", version: "1").named(by: ServerSettings(name: "Office"))
        let text = String(decoding: WebhookPayload.encode(delivery, webhook: webhook, server: server), as: UTF8.self)
        #expect(
            text
                == #"{"payload":{"activityMessage":"Version made","event":{"data":{"id":"1"},"event_name":"commit_create","time":"1970-01-01T00:00:01.000Z"},"server":{"canonicalUrl":null,"company":"","description":"A Tiebeam node","name":"Office","version":"1"},"stream":{"allowPublicComments":false,"createdAt":"1970-01-01T00:00:00.000Z","description":"about 1","id":"0000000001","isPublic":false,"name":"Harbour","updatedAt":"1970-01-01T00:00:01.000Z","visibility":"private"},"streamId":"0000000001","user":{"bio":null,"company":null,"createdAt":"1970-01-01T00:00:01.000Z","id":"0000000001","name":"Ada","verified":false},"userId":"0000000001","webhook":{"createdAt":"1970-01-01T00:00:01.000Z","description":null,"enabled":true,"hasSecret":true,"id":"0000000001","streamId":"0000000001","triggers":["commit_create","stream_delete"],"updatedAt":"1970-01-01T00:00:01.000Z","url":"https://tool.example/1"}}}"#
        )
        var nobodys = delivery
        nobodys.event.actor = nil
        let other = String(decoding: WebhookPayload.encode(nobodys, webhook: webhook, server: server), as: UTF8.self)
        #expect(other.contains(#""user":null,"userId":null"#))
    }
}
