import GraphQL
import ObjectModel
import Storage

/// What people do about their own accounts.
enum AccountResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("userDelete") { _, arguments, context in
                let principal = try context.permitted(.closeAccount)
                let email = try Input(arguments, "userConfirmation").require("email")
                try await context.perform(DeleteUser(principal.user.id, email: email), .closeAccount)
                return true
            }
            field("requestVerification") { _, _, context in
                try await context.proofs.requestVerification(of: try context.permitted(.requestVerification).user.email)
                return true
            }
            field("requestVerificationByEmail") { _, arguments, context in
                try await context.proofs.requestVerification(of: arguments["email"]?.string ?? "")
                return true
            }
        }
        self.addEmails(to: &map)
        self.addStrength(to: &map)
    }

    // MARK: Addresses

    private static func addEmails(to map: inout ResolverMap<APIContext>) {
        map.type(ActiveUserMutations.self) { field in
            field("emailMutations") { _, _, context in
                try context.permitted(.manageEmails)
                return UserEmailMutations()
            }
        }
        map.type(UserEmailMutations.self) { field in
            field("create") { _, arguments, context in
                let email = try await context.perform(AddEmail(try Input(arguments).require("email")), .manageEmails)
                try await context.proofs.requestVerification(of: email.address)
                return try await self.person(email.user, context)
            }
            field("delete") { _, arguments, context in
                try await context.perform(DeleteEmail(try self.id(arguments)), .manageEmails)
                return try await self.person(try context.permitted(.manageEmails).user.id, context)
            }
            field("setPrimary") { _, arguments, context in
                try await context.perform(SetPrimaryEmail(try self.id(arguments)), .manageEmails)
                return try await self.person(try context.permitted(.manageEmails).user.id, context)
            }
            field("requestNewEmailVerification") { _, arguments, context in
                let (user, id) = (try context.permitted(.manageEmails).user, try self.id(arguments))
                guard let email = try await context.read({ try $0.emails(of: user.id) }).first(where: { $0.id == id })
                else { throw DomainError.noSuchEmail }
                try await context.proofs.requestVerification(of: email.address)
                return true
            }
            field("verify") { _, arguments, context in
                let user = try context.permitted(.manageEmails).user
                let input = try Input(arguments)
                let address = try input.require("email").lowercased()
                guard try await context.read({ try $0.email(address: address) })?.user == user.id else {
                    throw DomainError.noSuchEmail
                }
                guard try await context.proofs.verify(code: try input.require("code"), of: user.id, at: address) else {
                    throw DomainError(.userInput, "The code is wrong, or does not hold any more.")
                }
                return true
            }
        }
        map.type(UserSource.self) { field in
            field("emails") { source, _, context in
                try context.permitted(.manageEmails)
                try context.requireSelf(source.user)
                let user = source.user
                return try await context.read { try $0.emails(of: user.id) }.map { email in
                    UserEmailSource(email: email, isPrimary: email.address == user.email)
                }
            }
            field("hasPendingVerification") { source, _, context in
                try context.requireSelf(source.user)
                let (user, now) = (source.user, context.services.clock())
                return try await context.read { try $0.proof(.verification, of: user.id) }?.isValid(at: now) ?? false
            }
        }
        map.type(UserEmailSource.self) { field in
            field("id") { source, _, _ in source.email.id.rawValue }
            field("email") { source, _, _ in source.email.address }
            field("verified") { source, _, _ in source.email.isVerified }
            field("primary") { source, _, _ in source.isPrimary }
            field("userId") { source, _, _ in source.email.user.rawValue }
        }
    }

    private static func id(_ arguments: GraphQLObject) throws -> EmailID {
        EmailID(rawValue: try Input(arguments).require("id"))
    }

    private static func person(_ id: UserID, _ context: APIContext) async throws -> UserSource? {
        try await context.read { try $0.user(id) }.map { UserSource(user: $0) }
    }

    // MARK: Passwords

    private static func addStrength(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("userPwdStrength") { _, arguments, _ in
                PasswordStrengthSource(strength: PasswordStrength(of: arguments["pwd"]?.string ?? ""))
            }
        }
        map.type(PasswordStrengthSource.self) { field in
            field("score") { source, _, _ in source.strength.score }
            field("feedback") { source, _, _ in PasswordFeedbackSource(strength: source.strength) }
        }
        map.type(PasswordFeedbackSource.self) { field in
            field("warning") { source, _, _ in source.strength.warning }
            field("suggestions") { source, _, _ in source.strength.suggestions }
        }
    }
}

struct UserEmailSource: ObjectSource {
    static let typeName = "UserEmail"
    let email: UserEmail
    let isPrimary: Bool
}

struct PasswordStrengthSource: ObjectSource {
    static let typeName = "PasswordStrengthCheckResults"
    let strength: PasswordStrength
}

struct PasswordFeedbackSource: ObjectSource {
    static let typeName = "PasswordStrengthCheckFeedback"
    let strength: PasswordStrength
}
