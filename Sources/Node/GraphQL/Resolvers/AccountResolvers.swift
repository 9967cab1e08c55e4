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
            field("requestNewEmailVerification") { _, arguments, context in
                let user = try context.permitted(.manageEmails).user
                guard try Input(arguments).require("id") == user.id.rawValue else { throw DomainError.noSuchEmail }
                try await context.proofs.requestVerification(of: user.email)
                return true
            }
            field("verify") { _, arguments, context in
                let user = try context.permitted(.manageEmails).user
                let input = try Input(arguments)
                guard try input.require("email").lowercased() == user.email else { throw DomainError.noSuchEmail }
                guard try await context.proofs.verify(code: try input.require("code"), of: user.id) else {
                    throw DomainError(.userInput, "The code is wrong, or does not hold any more.")
                }
                return true
            }
        }
        map.type(UserSource.self) { field in
            field("emails") { source, _, context in
                try context.permitted(.manageEmails)
                try context.requireSelf(source.user)
                return [UserEmailSource(user: source.user)]
            }
            field("hasPendingVerification") { source, _, context in
                try context.requireSelf(source.user)
                let (user, now) = (source.user, context.services.clock())
                return try await context.read { try $0.proof(.verification, of: user.id) }?.isValid(at: now) ?? false
            }
        }
        map.type(UserEmailSource.self) { field in
            // People have one address, so it is called as they are.
            field("id") { source, _, _ in source.user.id.rawValue }
            field("email") { source, _, _ in source.user.email }
            field("verified") { source, _, _ in source.user.isVerified }
            field("primary") { _, _, _ in true }
            field("userId") { source, _, _ in source.user.id.rawValue }
        }
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

extension DomainError {
    fileprivate static let noSuchEmail = DomainError(.userInput, "That is not an address of yours.")
}

struct UserEmailSource: ObjectSource {
    static let typeName = "UserEmail"
    let user: User
}

struct PasswordStrengthSource: ObjectSource {
    static let typeName = "PasswordStrengthCheckResults"
    let strength: PasswordStrength
}

struct PasswordFeedbackSource: ObjectSource {
    static let typeName = "PasswordStrengthCheckFeedback"
    let strength: PasswordStrength
}
