import ObjectModel
import Storage

extension MetadataConformance {
    static let logs: [Check] = [
        Check("META-50: operations come back byte for byte, in order, after a sequence and up to a limit") { store in
            let scope = LogScope.project(Fixture.id(1))
            var operations = (1...5).map { Fixture.operation($0, in: scope, body: [0, 255, UInt8($0)]) }
            operations[2].body = []
            operations[3].actor = Fixture.id(3)
            try await store.write { [operations] in for operation in operations { try $0.append(operation) } }
            try await store.read { [operations] rows in
                func log(after sequence: UInt64, limit: Int) throws -> [Operation] {
                    try rows.operations(of: Fixture.node(1), in: scope, after: sequence, limit: limit)
                }
                try expect(log(after: 0, limit: 9), equals: operations)
                try expect(log(after: 2, limit: 2), equals: Array(operations[2..<4]))
                try expect(log(after: 5, limit: 9), equals: [])
                try expect(log(after: .max, limit: 9), equals: [])
                try expect(log(after: 0, limit: 0), equals: [])
                try expect(log(after: 0, limit: -1), equals: [])
                try expect(rows.lastSequence(of: Fixture.node(1), in: scope), equals: 5)
            }
        },
        Check("META-51: logs of scopes and origins are independent; origins are sorted") { store in
            let first = LogScope.project(Fixture.id(1))
            let second = LogScope.project(Fixture.id(2))
            try await store.write { rows in
                for (sequence, node, scope) in [
                    (1, 2, first), (1, 1, first), (2, 2, first), (1, 2, second), (1, 3, LogScope.server),
                ] {
                    try rows.append(Fixture.operation(UInt64(sequence), by: node, in: scope))
                }
            }
            try await store.read { rows in
                try expect(rows.origins(in: first), equals: [Fixture.node(1), Fixture.node(2)])
                try expect(rows.origins(in: second), equals: [Fixture.node(2)])
                try expect(rows.origins(in: .server), equals: [Fixture.node(3)])
                try expect(rows.lastSequence(of: Fixture.node(2), in: first), equals: 2)
                try expect(rows.lastSequence(of: Fixture.node(2), in: second), equals: 1)
                try expect(rows.lastSequence(of: Fixture.node(2), in: .server), equals: 0)
                let log = try rows.operations(of: Fixture.node(1), in: first, after: 0, limit: 9)
                try expect(log, equals: [Fixture.operation(1, by: 1, in: first)])
            }
        },
        Check("META-52: a gap, a repetition and a number from nowhere are refused") { store in
            try await store.write { for sequence in 1...2 { try $0.append(Fixture.operation(UInt64(sequence))) } }
            for sequence in [0, 1, 2, 4, UInt64.max] {
                try await expectRefusal("\(sequence) does not follow 2") {
                    try await store.write { try $0.append(Fixture.operation(sequence)) }
                }
            }
            try await store.write { try $0.append(Fixture.operation(3)) }
            try expect(try await store.read { try $0.lastSequence(of: Fixture.node(1), in: .server) }, equals: 3)
        },
    ]

    static let mirrors: [Check] = [
        Check("META-64: a push mark is kept for each source, node and target, and replaced") { store in
            @Sendable func mark(_ node: Int, _ target: Int, _ nextOrdinal: UInt64) -> PushMark {
                PushMark(
                    source: Fixture.id(1), node: Fixture.node(node), target: Fixture.id(target), epoch: .max,
                    nextOrdinal: nextOrdinal)
            }
            try await store.write { rows in
                for (node, target) in [(1, 1), (1, 2), (2, 1)] { try rows.put(mark(node, target, 5)) }
                try rows.put(mark(1, 2, .max - 1))
            }
            try await store.read { rows in
                func found(_ source: Int, _ node: Int, _ target: Int) throws -> PushMark? {
                    try rows.pushMark(of: Fixture.id(source), to: Fixture.id(target), at: Fixture.node(node))
                }
                try expect(found(1, 1, 1), equals: mark(1, 1, 5))
                try expect(found(1, 1, 2), equals: mark(1, 2, .max - 1))
                try expect(found(1, 2, 1), equals: mark(2, 1, 5))
                try expect(found(1, 2, 2), equals: nil)
                try expect(found(2, 1, 1), equals: nil)
            }
        },
        Check("META-60: a mirror comes back field by field, whatever its numbers, sorted by project, and goes") {
            store in
            var mirror = Fixture.mirror(of: 2)
            try await store.write { [mirror] rows in
                try rows.put(mirror)
                try rows.put(Fixture.mirror(of: 1))
            }
            (mirror.epoch, mirror.nextOrdinal, mirror.gatheredEnd) = (.max, .max, .max)
            let sources: [(NodeAddress?, String?)] = [
                (NodeAddress(host: "::1", port: 65_535, route: .https), "other"), (nil, "other"),
                (NodeAddress(host: "a", port: 1, route: .http), nil), (nil, nil),
            ]
            for (address, token) in sources {
                (mirror.sourceAddress, mirror.sourceToken) = (address, token)
                try await store.write { [mirror] in try $0.put(mirror) }
                try await store.read { [mirror] rows in
                    try expect(rows.mirror(of: Fixture.id(2)), equals: mirror)
                    try expect(rows.mirrors(), equals: [Fixture.mirror(of: 1), mirror])
                    try expect(rows.mirror(of: Fixture.id(3)), equals: nil)
                }
            }
            try await store.write { rows in
                try rows.deleteMirror(of: Fixture.id(2))
                try rows.deleteMirror(of: Fixture.id(2))
                try expect(rows.mirrors(), equals: [Fixture.mirror(of: 1)])
            }
        },
        Check("META-61: whom this node lets read has the reviewer's role, in lists too, but is no collaborator") {
            store in
            let reader: UserID = Fixture.id(1)
            let project: ProjectID = Fixture.id(1)
            try await store.write { rows in
                try rows.put(Fixture.mirror(of: 1))
                try rows.grantReading(of: project, to: reader)
                try rows.grantReading(of: project, to: reader)
                // Granted before the first operation arrives: there is nothing to list yet.
                try expect(rows.projectCount(of: reader, filter: .init()), equals: 0)
                try rows.put(Fixture.project(1))
            }
            try await store.read { rows in
                try expect(rows.role(of: reader, in: project), equals: .reviewer)
                try expect(rows.collaborators(of: project), equals: [])
                let listed = try rows.projects(of: reader, filter: .init(), after: nil, limit: 9)
                try expect(listed.map(\.id), equals: [project])
                try expect(rows.projectCount(of: reader, filter: .init(onlyWithRoles: [.reviewer])), equals: 1)
                try expect(rows.projectCount(of: reader, filter: .init(onlyWithRoles: [.owner])), equals: 0)
            }
        },
        Check("META-62: a role of the log goes before the granted one; each project is listed once") { store in
            let reader: UserID = Fixture.id(1)
            let project: ProjectID = Fixture.id(1)
            try await store.write { rows in
                try rows.put(Fixture.project(1))
                try rows.grantReading(of: project, to: reader)
                try rows.put(Collaborator(project: project, user: reader, role: .owner))
            }
            try await store.read { rows in
                try expect(rows.role(of: reader, in: project), equals: .owner)
                try expect(rows.projectCount(of: reader, filter: .init()), equals: 1)
                try expect(rows.projectCount(of: reader, filter: .init(onlyWithRoles: [.owner])), equals: 1)
                try expect(rows.projectCount(of: reader, filter: .init(onlyWithRoles: [.reviewer])), equals: 0)
            }
        },
        Check("META-64: further sources come back field by field, in the order of their addition, and go one by one") {
            store in
            var changed = Fixture.mirrorSource(7, of: 1)
            try await store.write { [changed] rows in
                try rows.put(changed)
                try rows.put(Fixture.mirrorSource(3, of: 1))
                try rows.put(Fixture.mirrorSource(7, of: 2))
            }
            (changed.epoch, changed.nextOrdinal) = (.max, .max)
            for (address, token) in [
                (NodeAddress(host: "::1", port: 65_535, route: .https), "other"), (nil, nil),
            ] as [(NodeAddress?, String?)] {
                (changed.address, changed.token) = (address, token)
                try await store.write { [changed] in try $0.put(changed) }
                try await store.read { [changed] rows in
                    try expect(
                        rows.mirrorSources(of: Fixture.id(1)), equals: [changed, Fixture.mirrorSource(3, of: 1)])
                    try expect(rows.mirrorSources(of: Fixture.id(3)), equals: [])
                }
            }
            try await store.write { rows in
                try rows.deleteMirrorSource(Fixture.node(7), of: Fixture.id(1))
                try rows.deleteMirrorSource(Fixture.node(7), of: Fixture.id(1))
                try expect(rows.mirrorSources(of: Fixture.id(1)), equals: [Fixture.mirrorSource(3, of: 1)])
                try expect(rows.mirrorSources(of: Fixture.id(2)), equals: [Fixture.mirrorSource(7, of: 2)])
            }
        },
        Check("META-63: with the mirror go its further sources and what this node granted, and nothing else") { store in
            try await store.write { rows in
                for number in 1...2 {
                    try rows.put(Fixture.project(number))
                    try rows.put(Fixture.mirror(of: number))
                    try rows.put(Fixture.mirrorSource(4, of: number))
                    try rows.grantReading(of: Fixture.id(number), to: Fixture.id(1))
                }
                try rows.put(Collaborator(project: Fixture.id(1), user: Fixture.id(2), role: .owner))
                try rows.deleteMirror(of: Fixture.id(1))
            }
            try await store.read { rows in
                try expect(rows.role(of: Fixture.id(1), in: Fixture.id(1)), equals: nil)
                try expect(rows.role(of: Fixture.id(1), in: Fixture.id(2)), equals: .reviewer)
                try expect(rows.role(of: Fixture.id(2), in: Fixture.id(1)), equals: .owner)
                try expect(rows.project(Fixture.id(1)) != nil, "the copied project stays")
                try expect(rows.mirrorSources(of: Fixture.id(1)), equals: [])
                try expect(rows.mirrorSources(of: Fixture.id(2)), equals: [Fixture.mirrorSource(4, of: 2)])
            }
        },
    ]
}
