import ObjectModel
import Storage

/// What every resolver knows of the request that it answers.
struct APIContext: Sendable {
    let services: NodeServices
    let tokens: TokenIssuer
    var principal: Principal?
    /// The origin that the client reaches the node by.
    let origin: String
    /// What the answer may have of objects, however many requests of a list it is for.
    private var budget = AnswerBudget()

    init(services: NodeServices, tokens: TokenIssuer, principal: Principal?, origin: String) {
        self.services = services
        self.tokens = tokens
        self.principal = principal
        self.origin = origin
    }

    /// The objects of a project that the person may read.
    func objects(of project: ProjectID) -> ProjectObjects {
        ProjectObjects(
            project: project, store: self.services.objects, closures: self.services.closures, budget: self.budget)
    }

    /// Who asks.
    ///
    /// - Throws: ``DomainError`` for nobody.
    @discardableResult
    func requirePrincipal() throws -> Principal {
        guard let principal else { throw ServerRules.Refusal.notSignedIn.error }
        return principal
    }

    /// Counts one more of `action` by the person.
    ///
    /// - Throws: ``RateLimitExceeded``.
    func count(_ action: RateLimitedAction) async throws {
        guard let user = self.principal?.user.id else { return }
        _ = try await self.services.rateLimiter.take(1, of: action, by: user.rateSource)
    }

    /// The person who asks, if they may do that on the server.
    ///
    /// - Throws: ``DomainError``.
    @discardableResult
    func permitted(_ action: ServerRules.Action) throws -> Principal {
        try ServerRules.require(action, for: self.principal)
    }

    /// Runs a command on the server, if the person may do that.
    func perform<C: Command>(_ command: C, _ action: ServerRules.Action) async throws -> C.Result {
        let principal = self.principal
        return try await self.services.metadata.perform(command, actor: principal?.user.id) { rows in
            try ServerRules.require(action, for: principal, rows)
        }
    }

    var proofs: EmailProofs { EmailProofs(self.services) }

    func isSelf(_ user: User) -> Bool { self.principal?.user.id == user.id }

    /// What only the person themselves may see.
    ///
    /// - Throws: ``DomainError``.
    func requireSelf(_ user: User) throws {
        guard self.isSelf(user) else { throw DomainError(.forbidden, "That is only for \(user.name) to see.") }
    }

    /// For the next answer to whoever asked, as they are now; `nil` when their token does not hold any more.
    func renewed() async throws -> APIContext? {
        var context = self
        context.budget = AnswerBudget()
        guard let principal else { return context }
        guard let current = try await self.tokens.principal(of: principal.token.id) else { return nil }
        context.principal = current
        return context
    }

    func read<Result: Sendable>(_ body: @Sendable (any MetadataReading) throws -> Result) async throws -> Result {
        try await self.services.metadata.store.read(body)
    }

    /// Reads from a project that the person may read.
    func read<Result: Sendable>(
        _ project: ProjectID, _ body: @Sendable (any MetadataReading) throws -> Result
    ) async throws -> Result {
        let principal = self.principal
        return try await self.read { rows in
            try ProjectRules.require(.read, on: project, for: principal, rows)
            return try body(rows)
        }
    }

    /// - Throws: ``DomainError`` when the person may not do that with a project.
    func require(_ action: ProjectRules.Action, on project: ProjectID) async throws {
        let principal = self.principal
        try await self.read { try ProjectRules.require(action, on: project, for: principal, $0) }
    }

    /// Runs a command on what somebody made, if the person may do that.
    func perform<C: Command>(
        _ command: C, _ action: ProjectRules.WorkAction, on work: ProjectRules.Work, in project: ProjectID
    ) async throws -> C.Result {
        let principal = self.principal
        return try await self.services.metadata.perform(command, actor: principal?.user.id) { rows in
            try ProjectRules.require(action, on: work, in: project, for: principal, rows)
        }
    }

    /// Runs a command on a project, if the person may do that.
    func perform<C: Command>(
        _ command: C, _ action: ProjectRules.Action, on project: ProjectID
    ) async throws -> C.Result {
        try await self.services.perform(command, action, on: project, by: self.principal)
    }
}
