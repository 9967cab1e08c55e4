import GraphQL
import ObjectModel
import Storage

/// What people do about their own accounts.
enum AccountResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("userDelete") { _, arguments, context in
                let principal = try context.permitted(.leave)
                let email = try Input(arguments, "userConfirmation").require("email")
                try await context.perform(DeleteUser(principal.user.id, email: email), .leave)
                return true
            }
        }
    }
}
