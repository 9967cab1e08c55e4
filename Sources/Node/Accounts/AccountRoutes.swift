import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Signing up, signing in, and tokens for apps.
struct AccountRoutes: Sendable {
    let accounts: AccountService
    let tokens: TokenIssuer
    let configuration: NodeConfiguration

    func add(to router: Router<NodeRequestContext>) {
        router.post("auth/local/register") { try await self.register($0, $1) }
        router.post("auth/local/login") { try await self.signIn($0, $1) }
        router.post("auth/token") { try await self.token($0, $1) }
        router.get("auth/accesscode") { try await self.accessCode($0, $1) }
        router.post("auth/logout") { try await self.signOut($0, $1) }
    }

    private func register(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let challenge = try Self.challenge(of: request)
        let fields = try await Fields(request)
        let query = request.uri.queryParameters
        let user = try await self.accounts.register(
            AccountService.Registration(
                name: fields["name"] ?? "", email: fields["email"] ?? "", password: fields["password"] ?? "",
                company: fields["company"],
                inviteToken: (query["token"] ?? query["invite"]).flatMap { $0.isEmpty ? nil : String($0) }))
        return try await self.redirect(user, challenge, request, "&register=true")
    }

    private func signIn(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let challenge = try Self.challenge(of: request)
        let fields = try await Fields(request)
        guard let email = fields["email"], let password = fields["password"],
            let user = try await self.accounts.signIn(email: email, password: password)
        else { return .encodedJSON(Array(#"{"err":true,"message":"Invalid credentials."}"#.utf8), .unauthorized) }
        return try await self.redirect(user, challenge, request, "")
    }

    static func challenge(of request: Request) throws -> String {
        guard let challenge = request.uri.queryParameters["challenge"], !challenge.isEmpty, challenge.utf8.count <= 512
        else { throw PlainFailure(.badRequest, "Invalid challenge.") }
        return String(challenge)
    }

    /// What an app proves itself by beside the challenge, if it does.
    private static func codeChallenge(of request: Request) throws -> String? {
        let query = request.uri.queryParameters
        guard let challenge = query["code_challenge"], !challenge.isEmpty else { return nil }
        guard query["code_challenge_method"] == "S256", CodeChallenge.isValid(challenge) else {
            throw PlainFailure(.badRequest, "A code challenge must be one of the method S256.")
        }
        return String(challenge)
    }

    private func redirect(
        _ user: User, _ challenge: String, _ request: Request, _ suffix: String
    ) async throws -> Response {
        let code = try await self.accounts.makeCode(for: user.id, app: ServerApp.web.id, challenge: challenge)
        return try Self.answer(
            request, with: "\(self.configuration.origin(of: request))/?access_code=\(code)\(suffix)")
    }

    /// Sends a browser to `location`, or tells a page that asks not to be sent where that is.
    private static func answer(_ request: Request, with location: String) throws -> Response {
        guard request.uri.queryParameters["preventRedirect"] == "true" else { return .redirect(to: location) }
        return try .json(["redirectUrl": location])
    }

    private func token(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let fields = try await Fields(request)
        let (app, secret) = (AppID(rawValue: fields["appId"] ?? ""), fields["appSecret"] ?? "")
        do {
            let pair =
                if let refreshToken = fields["refreshToken"] {
                    try await self.accounts.renew(refreshToken: refreshToken, app: app, secret: secret)
                } else {
                    try await self.accounts.redeem(
                        AccountService.Redemption(
                            code: fields["accessCode"] ?? "", app: app, secret: secret,
                            challenge: fields["challenge"] ?? "", codeVerifier: fields["codeVerifier"]))
                }
            var response = try Response.json(pair)
            response.headers[.cacheControl] = "no-store"
            return response
        } catch let error as DomainError {
            return try .json(["err": error.message], .unauthorized)
        }
    }

    /// Lets a person who is signed in hand an app a code of its own.
    private func accessCode(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let query = request.uri.queryParameters
        let challenge = try Self.challenge(of: request)
        let id = AppID(rawValue: String(query["appId"] ?? ""))
        guard let app = try await self.accounts.metadata.store.read({ try ServerApp.named(id, $0) }) else {
            throw PlainFailure(.badRequest, "Unknown app.")
        }
        guard let token = query["token"], let principal = try await self.tokens.principal(of: String(token)),
            TokenRules.mayAuthorizeApps(principal)
        else { throw PlainFailure(.badRequest, "Invalid token.") }
        let code = try await self.accounts.makeCode(
            for: principal.user.id, app: app.id, challenge: challenge,
            codeChallenge: try Self.codeChallenge(of: request))
        let location = app.redirectURL(
            at: self.configuration.origin(of: request), with: "access_code", code)
        return try Self.answer(request, with: location)
    }

    private func signOut(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let fields = try await Fields(request)
        guard let token = fields["token"], let principal = try await self.tokens.principal(of: token) else {
            return try .json(["message": "Something went wrong while trying to logout."], .badRequest)
        }
        try await self.accounts.metadata.perform(
            RevokeToken(principal.token.id, owner: principal.user.id), actor: principal.user.id)
        if let refreshToken = fields["refreshToken"],
            let refresh = try await self.tokens.principal(of: refreshToken, kind: [.refresh])
        {
            try await self.accounts.metadata.perform(
                RevokeToken(refresh.token.id, owner: refresh.user.id), actor: refresh.user.id)
        }
        return try .json(["message": "You have logged out."])
    }
}

extension NodeConfiguration {
    /// The origin that the client of `request` reaches this node by.
    func origin(of request: Request) -> String { self.origin(host: request.head.authority) }

    /// - Parameter host: the header `Host`.
    func origin(host: String?) -> String { self.publicURL ?? "http://\(host ?? "\(self.host):\(self.port)")" }
}
