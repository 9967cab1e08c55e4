import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// What people answer mails with.
struct ProofRoutes: Sendable {
    let accounts: AccountService
    let proofs: EmailProofs
    let configuration: NodeConfiguration

    func add(to router: Router<NodeRequestContext>) {
        router.get("auth/verifyemail") { request, _ in try await self.verify(request) }
        router.post("auth/pwdreset/request") { request, _ in try await self.requestReset(request) }
        router.post("auth/pwdreset/finalize") { request, _ in try await self.reset(request) }
    }

    private func verify(_ request: Request) async throws -> Response {
        let isShown = try await self.proofs.verify(token: String(request.uri.queryParameters["t"] ?? ""))
        let result =
            isShown
            ? "emailverifiedstatus=true"
            : "emailverifiederror=The%20link%20is%20not%20valid%2C%20or%20not%20any%20more."
        return .redirect(to: "\(self.configuration.origin(of: request))/?\(result)")
    }

    private func requestReset(_ request: Request) async throws -> Response {
        let fields = try await Fields(request)
        guard let email = fields["email"] else { throw DomainError(.userInput, "An e-mail is required.") }
        try await self.proofs.requestPasswordReset(of: email)
        return .text("Password reset email sent.")
    }

    private func reset(_ request: Request) async throws -> Response {
        let fields = try await Fields(request)
        guard let token = fields["tokenId"], let password = fields["password"] else {
            throw DomainError(.userInput, "A tokenId and a password are required.")
        }
        try await self.accounts.resetPassword(token: token, password: password)
        return .text("Password reset. Please log in.")
    }
}
