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
            (eve.email, eve.isVerified) = ("eve@example.org", true)
            let known = Fixture.email(7, of: 7, "eve@example.org", isVerified: true)
            let pending = Fixture.email(8, of: 7, "eve@example.com")
            try await store.write { [eve] rows in
                for number in 1...3 { try rows.put(Fixture.project(number)) }
                try rows.put(eve)
                try rows.replaceEmails(of: eve.id, with: [known, pending])
                try rows.put(Fixture.invite(1, to: 1, for: .user(eve.id), at: 10))
                try rows.put(Fixture.invite(2, to: 2, for: .email(eve.email), at: 30))
                try rows.put(Fixture.invite(3, to: 2, for: .user(eve.id), at: 20))
                try rows.put(Fixture.invite(4, to: 3, for: .user(Fixture.id(8)), at: 40))
                try rows.put(Fixture.invite(5, to: 3, for: .email("eve@example.com"), at: 50))
            }
            try await store.read { [eve] rows in
                try expect(rows.invites(for: eve.id).map(\.id), equals: [2, 3, 1].map { Fixture.id($0) })
                try expect(rows.invites(to: Fixture.id(3)).map(\.id), equals: [5, 4].map { Fixture.id($0) })
            }
            // Whose address is not known hears of those by id only.
            try await store.write { [eve] in try $0.replaceEmails(of: eve.id, with: [pending]) }
            try await store.read { [eve] rows in
                try expect(rows.invites(for: eve.id).map(\.id), equals: [3, 1].map { Fixture.id($0) })
            }
        },
        Check("META-86: an invitation is found by its secret") { store in
            var invite = Fixture.invite(1, to: 1, for: .email("eve@example.org"))
            invite.tokenHash = ContentHash(of: "secret")
            try await store.write { [invite] rows in
                try rows.put(Fixture.project(1))
                try rows.put(invite)
                try rows.put(Fixture.invite(2, to: 1, for: .user(Fixture.id(7))))
            }
            try await store.read { [invite] rows in
                try expect(rows.invite(token: ContentHash(of: "secret")), equals: invite)
                try expect(rows.invite(token: ContentHash(of: "other")), equals: nil)
            }
        },
        Check("META-87: invitations to the server by id, e-mail, secret and page, newest first") { store in
            let first = Fixture.serverInvite(1, by: 1, email: "a@example.org", token: "one", at: 10)
            let second = Fixture.serverInvite(2, by: 1, email: "a@example.org", token: "two", at: 20)
            var third = Fixture.serverInvite(3, by: 2, email: "Ünal@example.org", token: "three", at: 20)
            try await store.write { [third] rows in for invite in [first, second, third] { try rows.put(invite) } }
            (third.message, third.role) = (nil, .admin)
            try await store.write { [third] in try $0.put(third) }
            try await store.read { [third] rows in
                try expect(rows.serverInvite(third.id), equals: third)
                try expect(rows.serverInvite(email: "a@example.org"), equals: second)
                try expect(rows.serverInvite(token: ContentHash(of: "one")), equals: first)
                try expect(rows.serverInvite(token: ContentHash(of: "none")), equals: nil)
                try expect(
                    rows.serverInvites(matching: nil, offset: 0, limit: 9).map(\.id),
                    equals: [3, 2, 1].map { Fixture.id($0) })
                try expect(rows.serverInvites(matching: "A@", offset: 1, limit: 1), equals: [first])
                try expect(rows.serverInvites(matching: "üNAL", offset: 0, limit: 9), equals: [third])
                try expect(rows.serverInviteCount(matching: "example"), equals: 3)
            }
            try await store.write { try $0.deleteServerInvite(second.id) }
            try await store.read { try expect($0.serverInvite(email: "a@example.org"), equals: first) }
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
