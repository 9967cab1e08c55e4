import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ObjectModel
import Storage

/// People who sign in with an account that they have elsewhere go away by the first route, and come back to the second.
struct ElsewhereRoutes: Sendable {
    /// `nil` when people sign in here only.
    let elsewhere: SignInElsewhere?
    let accounts: AccountService
    let configuration: NodeConfiguration
    let logger: Logger

    private static let path = "/auth/oidc"
    private static let secretDigitCount = 43

    func add(to router: Router<NodeRequestContext>) {
        router.get("auth/oidc") { request, _ in try await self.leave(request) }
        router.get("auth/oidc/callback") { request, _ in try await self.comeBack(request) }
    }

    private func required() throws -> SignInElsewhere {
        guard let elsewhere else {
            throw PlainFailure(.notFound, "People sign in to this server with a password only.")
        }
        return elsewhere
    }

    // MARK: Going

    private func leave(_ request: Request) async throws -> Response {
        let elsewhere = try self.required()
        let challenge = try AccountRoutes.challenge(of: request)
        let origin = self.configuration.origin(of: request)
        let attempt = IdentityAttempt(
            state: RandomDigits.hexadecimal(Self.secretDigitCount),
            nonce: RandomDigits.hexadecimal(Self.secretDigitCount),
            codeVerifier: RandomDigits.hexadecimal(Self.secretDigitCount),
            redirectURL: "\(origin)\(Self.path)/callback")
        let journey = SignInElsewhere.Journey(
            attempt: attempt, challenge: challenge,
            invitation: request.uri.queryParameters["token"].map { String($0.prefix(100)) },
            end: (self.accounts.clock() + SignInElsewhere.Journey.lifetime).millisecondsSinceEpoch)
        do {
            var response = Response.redirect(to: try await elsewhere.provider.address(for: attempt))
            response.headers[.setCookie] = self.cookie(
                attempt.state, try elsewhere.seal(journey), SignInElsewhere.Journey.lifetime, origin)
            response.headers[.cacheControl] = "no-store"
            return response
        } catch let failure as IdentityFailure {
            return self.failed("\(elsewhere.provider.name) cannot be reached.", failure.text, origin)
        }
    }

    // MARK: Coming back

    private func comeBack(_ request: Request) async throws -> Response {
        let elsewhere = try self.required()
        let origin = self.configuration.origin(of: request)
        let state = String(request.uri.queryParameters["state"] ?? "")
        guard let journey = self.journey(state, request, elsewhere) else {
            return self.failed(
                "It took too long, or began in another window.", "a browser came back that was not sent", origin)
        }
        var response = try await self.answer(Self.code(of: request), journey, elsewhere, origin)
        response.headers[.setCookie] = self.cookie(state, "", .zero, origin)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// What the provider sent the browser back with.
    private static func code(of request: Request) -> Result<String, IdentityFailure> {
        let query = request.uri.queryParameters
        if let code = query["code"] { return .success(String(code)) }
        let told = [query["error"], query["error_description"]].compactMap(\.self).joined(separator: ", ")
        return .failure(IdentityFailure(text: told.isEmpty ? "it sent no code" : told))
    }

    private func answer(
        _ code: Result<String, IdentityFailure>, _ journey: SignInElsewhere.Journey, _ elsewhere: SignInElsewhere,
        _ origin: String
    ) async throws -> Response {
        let name = elsewhere.provider.name
        let identity: ShownIdentity
        do {
            identity = try await elsewhere.provider.identity(by: try code.get(), of: journey.attempt)
        } catch let failure as IdentityFailure {
            return self.failed("\(name) did not say who you are.", failure.text, origin)
        }
        guard identity.isEmailVerified != false else {
            return self.failed("\(name) has not verified your address.", "an address that is not verified", origin)
        }
        do {
            let user = try await self.accounts.signIn(identity, invitation: journey.invitation)
            let code = try await self.accounts.makeCode(
                for: user.id, app: ServerApp.web.id, challenge: journey.challenge)
            return .redirect(to: "\(origin)/?access_code=\(code)")
        } catch let error as DomainError where error.code == .unverifiedEmail {
            return .redirect(to: "\(origin)/error-email-verify?email=\(identity.email.percentEncoded)")
        } catch let error as DomainError {
            return self.failed(error.message, error.message, origin)
        }
    }

    private func failed(_ message: String, _ reason: String, _ origin: String) -> Response {
        self.logger.notice("nobody is signed in by an account elsewhere: \(reason)")
        return .redirect(to: "\(origin)/error?message=\(message.percentEncoded)")
    }

    // MARK: Cookies

    private func cookie(_ state: String, _ value: String, _ lifetime: Duration, _ origin: String) -> String {
        "\(Self.cookieName(state))=\(value); Path=\(Self.path); Max-Age=\(lifetime.components.seconds); HttpOnly; SameSite=Lax"
            + (origin.hasPrefix("https:") ? "; Secure" : "")
    }

    private func journey(
        _ state: String, _ request: Request, _ elsewhere: SignInElsewhere
    ) -> SignInElsewhere.Journey? {
        let name = Self.cookieName(state)
        let cookies = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
        for cookie in cookies {
            let parts = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0] == name,
                let journey = elsewhere.open(parts[1], at: self.accounts.clock()), journey.attempt.state == state
            else { continue }
            return journey
        }
        return nil
    }

    /// Each window has its own.
    private static func cookieName(_ state: String) -> String { "tiebeam-journey-\(state.prefix(8))" }
}
