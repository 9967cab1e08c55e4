import ObjectModel
import Storage

extension MetadataConformance {
    static let emails: [Check] = [
        Check("META-109: somebody's addresses, oldest first, and whose an address is") { store in
            let first = Fixture.email(1, of: 1, "ada@example.org", isVerified: true)
            let second = Fixture.email(11, of: 1, "countess@example.org", isVerified: true, at: 20)
            let third = Fixture.email(12, of: 1, "new@example.org", at: 10)
            let other = Fixture.email(2, of: 2, "bob@example.org", at: 5)
            var (ada, bob) = (Fixture.user(1), Fixture.user(2))
            (ada.email, bob.email) = (first.address, other.address)
            try await store.write { [ada, bob] rows in
                try rows.put(ada)
                try rows.put(bob)
                try rows.replaceEmails(of: bob.id, with: [other])
                try rows.replaceEmails(of: ada.id, with: [third, second, first])
            }
            try await store.read { [ada, bob] rows in
                try expect(rows.emails(of: ada.id), equals: [first, third, second])
                try expect(rows.emails(of: Fixture.id(9)), equals: [])
                try expect(rows.email(address: "COUNTESS@example.org"), equals: second)
                try expect(rows.email(address: "new@example.org"), equals: third)
                try expect(rows.email(address: "nobody@example.org"), equals: nil)
                try expect(rows.verifiedAddresses(of: ada.id), equals: [first.address, second.address])
                // By their primary one, and by all that are known to be theirs.
                try expect(rows.user(email: "ada@example.org"), equals: ada)
                try expect(rows.user(email: "Countess@example.org"), equals: ada)
                try expect(rows.user(email: "new@example.org"), equals: nil)
                try expect(rows.user(email: "bob@example.org"), equals: bob)
            }
            try await store.write { [ada] in try $0.replaceEmails(of: ada.id, with: [first]) }
            try await store.read { rows in
                try expect(rows.emails(of: Fixture.id(1)), equals: [first])
                try expect(rows.user(email: "countess@example.org"), equals: nil)
            }
        },
        Check("META-110: an address is one person's, who is there, and goes with them") { store in
            let email = Fixture.email(11, of: 1, "ada@example.org")
            try await expectRefusal("nobody is there") {
                try await store.write { try $0.replaceEmails(of: Fixture.id(1), with: [email]) }
            }
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                try rows.replaceEmails(of: Fixture.id(1), with: [email])
            }
            var same = Fixture.email(12, of: 2, "ada@example.org")
            try await expectRefusal("the address is taken") { [same] in
                try await store.write { try $0.replaceEmails(of: Fixture.id(2), with: [same]) }
            }
            (same.id, same.address) = (email.id, "other@example.org")
            try await expectRefusal("the id is taken") { [same] in
                try await store.write { try $0.replaceEmails(of: Fixture.id(2), with: [same]) }
            }
            try await store.write { try $0.deleteUser(Fixture.id(1)) }
            try await store.write { [same] in try $0.replaceEmails(of: Fixture.id(2), with: [same]) }
            try await store.read { [same] rows in
                try expect(rows.email(address: "ada@example.org"), equals: nil)
                try expect(rows.emails(of: Fixture.id(2)), equals: [same])
            }
        },
    ]
}
