import ObjectModel
import Storage

extension MetadataConformance {
    private static let project: ProjectID = Fixture.id(1)

    static let invites: [Check] = [
        Check("META-75: an invitation comes back field by field and is replaced by id, in its project only") { store in
            var invite = Fixture.invite(1, to: 1, for: .user(Fixture.id(7)), message: "Grüße")
            try await store.write { [invite] rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(invite)
            }
            try await store.read { [invite] rows in
                try expect(rows.invite(invite.id, in: Self.project), equals: invite)
                try expect(rows.invite(invite.id, in: Fixture.id(2)), equals: nil)
            }
            (invite.target, invite.role, invite.message) = (.email("eve@example.org"), .owner, nil)
            try await store.write { [invite] in try $0.put(invite) }
            try await store.read { [invite] in try expect($0.invites(to: Self.project), equals: [invite]) }
        },
        Check("META-76: somebody's invitations, by their id or e-mail, to all projects, newest first") { store in
            var eve = Fixture.user(7)
            eve.email = "eve@example.org"
            try await store.write { [eve] rows in
                for number in 1...3 { try rows.put(Fixture.project(number)) }
                try rows.put(Fixture.invite(1, to: 1, for: .user(eve.id), at: 10))
                try rows.put(Fixture.invite(2, to: 2, for: .email(eve.email), at: 30))
                try rows.put(Fixture.invite(3, to: 2, for: .user(eve.id), at: 20))
                try rows.put(Fixture.invite(4, to: 3, for: .user(Fixture.id(8)), at: 40))
                try rows.put(Fixture.invite(5, to: 3, for: .email("eve@example.com"), at: 50))
            }
            try await store.read { [eve] rows in
                try expect(rows.invites(for: eve).map(\.id), equals: [2, 3, 1].map { Fixture.id($0) })
                try expect(rows.invites(to: Fixture.id(3)).map(\.id), equals: [5, 4].map { Fixture.id($0) })
            }
        },
        Check("META-77: invitations go one by one, and with their project") { store in
            try await store.write { rows in
                for number in 1...2 {
                    try rows.put(Fixture.project(number))
                    try rows.put(Fixture.invite(1, to: number, for: .user(Fixture.id(7))))
                    try rows.put(Fixture.invite(2, to: number, for: .user(Fixture.id(8))))
                }
                try rows.deleteInvite(Fixture.id(1), in: Self.project)
                try rows.deleteInvite(Fixture.id(9), in: Self.project)
                try rows.deleteProject(Fixture.id(2))
            }
            try await store.read { rows in
                try expect(rows.invites(to: Self.project).map(\.id), equals: [Fixture.id(2)])
                try expect(rows.invites(to: Fixture.id(2)), equals: [])
            }
            try await expectRefusal("no such project") {
                try await store.write { try $0.put(Fixture.invite(1, to: 3, for: .user(Fixture.id(7)))) }
            }
        },
    ]
}
