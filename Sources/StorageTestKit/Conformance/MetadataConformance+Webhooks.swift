import ObjectModel
import Storage

extension MetadataConformance {
    private static let project: ProjectID = Fixture.id(1)

    static let webhooks: [Check] = Self.webhookRows + Self.deliveryRows + Self.dueDeliveries

    private static let webhookRows: [Check] = [
        Check("META-104: a webhook comes back field by field and is replaced by id, in its project only") { store in
            var webhook = Fixture.webhook(1, of: 1)
            try await store.write { [webhook] rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(webhook)
            }
            try await store.read { [webhook] rows in
                try expect(rows.webhook(webhook.id, in: Self.project), equals: webhook)
                try expect(rows.webhook(webhook.id, in: Fixture.id(2)), equals: nil)
            }
            (webhook.url, webhook.description, webhook.isEnabled) = ("http://ä.example", "Grüße", false)
            webhook.triggers = ["branch_create", "conflict_open"]
            webhook.secret = WebhookSecret(nil, former: "secret", formerUntil: Fixture.time(9))
            webhook.updatedAt = Fixture.time(8)
            try await store.write { [webhook] in try $0.put(webhook) }
            try await store.read { [webhook] in try expect($0.webhooks(of: Self.project), equals: [webhook]) }
        },
        Check("META-104: webhooks are listed oldest first, and go one by one, and with their project") { store in
            try await store.write { rows in
                for number in 1...2 {
                    try rows.put(Fixture.project(number))
                    try rows.put(Fixture.webhook(1, of: number, at: 20))
                    try rows.put(Fixture.webhook(2, of: number, at: 10))
                    try rows.put(Fixture.webhook(3, of: number, at: 20))
                    try rows.put(Fixture.delivery(number, to: 1, of: number))
                }
            }
            try await store.read { rows in
                try expect(rows.webhooks(of: Self.project).map(\.id), equals: [2, 1, 3].map { Fixture.id($0) })
                let each = try rows.webhooks(ofEach: [Self.project, Fixture.id(2), Fixture.id(3)])
                try expect(each.count, equals: 2)
                try expect(each[Self.project], equals: rows.webhooks(of: Self.project))
            }
            try await store.write { rows in
                try rows.deleteWebhook(Fixture.id(1), in: Self.project)
                try rows.deleteWebhook(Fixture.id(9), in: Self.project)
                try rows.deleteProject(Fixture.id(2))
            }
            try await store.read { rows in
                try expect(rows.webhooks(of: Self.project).map(\.id), equals: [2, 3].map { Fixture.id($0) })
                try expect(rows.webhooks(of: Fixture.id(2)), equals: [])
                // What is on its way stays.
                for number in 1...2 { try expect(rows.delivery(Fixture.id(number)) != nil, "a delivery stays") }
            }
            try await expectRefusal("no such project") {
                try await store.write { try $0.put(Fixture.webhook(1, of: 3)) }
            }
            try await store.write { try $0.removeProject(Fixture.id(2)) }
            try await store.read { rows in
                try expect(rows.delivery(Fixture.id(2)), equals: nil)
                try expect(rows.delivery(Fixture.id(1)) != nil, "another project's stays")
            }
        },
    ]

    // MARK: Deliveries

    private static func endpoint(_ webhook: Int, of project: Int = 1) -> WebhookDelivery.Endpoint {
        WebhookDelivery.Endpoint(Fixture.id(webhook), in: Fixture.id(project))
    }

    private static let deliveryRows: [Check] = [
        Check("META-105: a delivery comes back field by field; put again it keeps its place") { store in
            var first = Fixture.delivery(1, to: 1, of: 1)
            first.event.webhook = Fixture.webhook(1, of: 1)
            try await store.write { [first] rows in
                try rows.put(first)
                try rows.put(Fixture.delivery(2, to: 1, of: 1))
            }
            try await store.read { [first] in try expect($0.delivery(first.id), equals: first) }
            (first.status, first.statusInfo, first.attemptCount, first.isAside) = (.sending, "503", 3, true)
            (first.updatedAt, first.nextAttemptAt) = (Fixture.time(5), Fixture.time(60))
            (first.leaseEnd, first.event.actor, first.event.webhook) = (Fixture.time(7), nil, nil)
            try await store.write { [first] in try $0.put(first) }
            try await store.read { [first] rows in
                try expect(rows.delivery(first.id), equals: first)
                try expect(
                    rows.unfinishedDeliveries(to: Self.endpoint(1)).map(\.id), equals: [1, 2].map { Fixture.id($0) })
            }
        },
        Check("META-105: deliveries to each of several webhooks, newest first, and how many there are") { store in
            try await store.write { rows in
                for number in 1...9 { try rows.put(Fixture.delivery(number, to: 1 + number % 3, of: 1)) }
                try rows.put(Fixture.delivery(10, to: 1, of: 2))
                var done = Fixture.delivery(3, to: 1, of: 1)
                done.status = .delivered
                try rows.put(done)
            }
            let endpoints = Set([Self.endpoint(1), Self.endpoint(2), Self.endpoint(7), Self.endpoint(1, of: 2)])
            try await store.read { rows in
                let found = try rows.deliveries(toEach: endpoints, limit: 2)
                let expected = [Self.endpoint(1): [9, 6], Self.endpoint(2): [7, 4], Self.endpoint(1, of: 2): [10]]
                try expect(
                    found.mapValues { $0.map(\.id) }, equals: expected.mapValues { $0.map { Fixture.id($0) } })
                try expect(
                    rows.deliveryCounts(toEach: endpoints),
                    equals: [Self.endpoint(1): 3, Self.endpoint(2): 3, Self.endpoint(1, of: 2): 1])
                try expect(rows.deliveries(toEach: endpoints, limit: 0), equals: [:])
                try expect(rows.deliveries(toEach: [], limit: 9), equals: [:])
                try expect(
                    rows.deliveries(to: Self.endpoint(1, of: 2), limit: 9).map(\.id), equals: [Fixture.id(10)])
                try expect(rows.deliveryCount(to: Self.endpoint(7)), equals: 0)
                try expect(
                    rows.unfinishedDeliveries(to: Self.endpoint(1)).map(\.id), equals: [6, 9].map { Fixture.id($0) })
            }
        },
        Check("META-105: deliveries go with one webhook, or once they were finished, the oldest first") { store in
            try await store.write { rows in
                for number in 1...6 {
                    var delivery = Fixture.delivery(number, to: 1, of: 1)
                    delivery.status = number < 4 ? .delivered : number == 4 ? .failed : .pending
                    delivery.updatedAt = Fixture.time(Int64(10 - number))
                    try rows.put(delivery)
                }
                try rows.put(Fixture.delivery(7, to: 2, of: 1))
            }
            try await store.write { rows in
                try expect(rows.deleteFinishedDeliveries(before: Fixture.time(8), limit: 1), equals: 1)
                try expect(rows.delivery(Fixture.id(4)), equals: nil)
                try expect(rows.deleteFinishedDeliveries(before: Fixture.time(9), limit: 9), equals: 2)
                try expect(rows.deleteFinishedDeliveries(before: Fixture.time(9), limit: 9), equals: 0)
                try expect(
                    rows.deliveries(to: Self.endpoint(1), limit: 9).map(\.id), equals: [6, 5, 1].map { Fixture.id($0) })
                try rows.deleteDeliveries(to: Self.endpoint(1))
                try expect(rows.deliveryCount(to: Self.endpoint(1)), equals: 0)
                try expect(rows.deliveryCount(to: Self.endpoint(2)), equals: 1)
            }
        },
    ]

    // MARK: What is due

    /// How one of several deliveries is, which are numbered from 1.
    private struct State {
        var status = WebhookDelivery.Status.pending
        var isAside = false
        var due: Int64 = 0
        var webhook = 1
    }

    private static func put(_ states: [State], in store: any MetadataStore) async throws {
        let deliveries = states.enumerated().map { index, state in
            var delivery = Fixture.delivery(index + 1, to: state.webhook, of: 1)
            (delivery.status, delivery.isAside) = (state.status, state.isAside)
            (delivery.nextAttemptAt, delivery.leaseEnd) = (Fixture.time(state.due), nil)
            if state.status == .sending {
                (delivery.nextAttemptAt, delivery.leaseEnd) = (Fixture.time(0), Fixture.time(state.due))
            }
            return delivery
        }
        try await store.write { rows in for delivery in deliveries { try rows.put(delivery) } }
    }

    /// The numbers of those that are due at second 100.
    private static func due(
        _ rows: any MetadataReading, besides busy: Set<WebhookDelivery.Endpoint> = [], count: Int = 99, limit: Int = 99
    ) throws -> [[Int]] {
        try rows.dueDeliveries(at: Fixture.time(100), besides: busy, count: count, limit: limit).map { lane in
            lane.map { Int($0.id.rawValue, radix: 16) ?? 0 }
        }
    }

    private static let dueDeliveries: [Check] = [
        Check("META-106: what waits for a webhook is due in its order, up to one that is not or that is being sent") {
            store in
            try await Self.put(
                [
                    State(status: .delivered), State(due: 100), State(), State(due: 101), State(),
                    State(webhook: 2), State(status: .sending, due: 101, webhook: 2), State(webhook: 2),
                    State(due: 200, webhook: 3), State(webhook: 3),
                    State(status: .failed, webhook: 4),
                    State(status: .sending, due: 100, webhook: 5), State(webhook: 5),
                ], in: store)
            try await store.read { rows in
                try expect(Self.due(rows), equals: [[2, 3], [6], [12, 13]])
                try expect(rows.nextDueTime(besides: []), equals: Fixture.time(0))
                let busy = Set([1, 2, 5].map { Self.endpoint($0) })
                try expect(Self.due(rows, besides: busy), equals: [])
                try expect(rows.nextDueTime(besides: busy), equals: Fixture.time(200))
                try expect(rows.nextDueTime(besides: busy.union([Self.endpoint(3)])), equals: nil)
            }
        },
        Check("META-107: what is aside is due by its own time, and holds nothing up") { store in
            try await Self.put(
                [
                    State(isAside: true, due: 150), State(), State(isAside: true, due: 90),
                    State(isAside: true, due: 80, webhook: 2), State(due: 101, webhook: 2),
                    State(isAside: true, webhook: 2),
                    State(status: .sending, isAside: true, due: 101, webhook: 3),
                    State(status: .failed, isAside: true, webhook: 3),
                    State(status: .sending, isAside: true, due: 99, webhook: 4),
                ], in: store)
            try await store.read { rows in
                try expect(Self.due(rows), equals: [[2, 3], [4, 6], [9]])
                let others = Set([1, 2, 4].map { Self.endpoint($0) })
                try expect(rows.nextDueTime(besides: others), equals: Fixture.time(101))
            }
        },
        Check("META-108: at most so many to one webhook, and of webhooks those whose oldest is oldest") { store in
            try await Self.put(
                [
                    State(due: 101, webhook: 3), State(isAside: true, webhook: 2), State(webhook: 1),
                    State(webhook: 2), State(isAside: true, due: 50, webhook: 1), State(webhook: 1),
                    State(isAside: true, due: 10, webhook: 3),
                ], in: store)
            try await store.read { rows in
                try expect(Self.due(rows), equals: [[2, 4], [3, 5, 6], [7]])
                try expect(Self.due(rows, count: 2), equals: [[2, 4], [3, 5], [7]])
                try expect(Self.due(rows, limit: 2), equals: [[2, 4], [3, 5, 6]])
                try expect(Self.due(rows, besides: [Self.endpoint(2)], limit: 1), equals: [[3, 5, 6]])
                try expect(Self.due(rows, count: 0), equals: [])
                try expect(Self.due(rows, limit: 0), equals: [])
            }
        },
        Check("META-108: what somebody was sending is given back, when it is gone") { store in
            try await Self.put(
                [
                    State(status: .sending, due: 200), State(status: .sending, isAside: true, due: 200),
                    State(status: .delivered, webhook: 2), State(due: 300, webhook: 3),
                ], in: store)
            try await store.write { try $0.endDeliveryLeases() }
            try await store.read { rows in
                let all = try rows.deliveries(to: Self.endpoint(1), limit: 9)
                try expect(all.map(\.status), equals: [.pending, .pending])
                try expect(all.map(\.leaseEnd), equals: [nil, nil])
                try expect(rows.deliveries(to: Self.endpoint(2), limit: 9).map(\.status), equals: [.delivered])
                let next = all.map(\.nextAttemptAt).min()
                try expect(rows.nextDueTime(besides: []), equals: next)
            }
        },
        Check("META-108: webhooks of several projects that have one id are apart") { store in
            try await store.write { rows in
                for number in [2, 1, 3] { try rows.put(Fixture.delivery(number, to: 1, of: number)) }
            }
            try await store.read { rows in
                try expect(Self.due(rows), equals: [[2], [1], [3]])
                try expect(Self.due(rows, besides: [Self.endpoint(1, of: 2)]), equals: [[1], [3]])
            }
        },
    ]
}
