import ObjectModel
import Storage

extension NodeRequestContext {
    /// The administrator who asks.
    ///
    /// - Throws: ``DomainError`` when nobody, or somebody else, does.
    func requireAdministrator() throws -> Principal {
        guard let principal = self.principal else {
            throw DomainError(.unauthorized, "Sign in as an administrator of this node.")
        }
        guard principal.user.role == .admin, principal.has(.serverSetup), !principal.isLimited else {
            throw DomainError(.forbidden, "Only administrators, with the scope server:setup, may do this.")
        }
        return principal
    }
}
