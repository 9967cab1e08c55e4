import ArgumentParser
import Foundation
import Node
import OpenIDConnect

/// Where people may sign in beside this server.
struct SignInOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address of an OpenID Connect provider where people may sign in too, like https://login.example.com.",
            discussion: "It has to send them back to /auth/oidc/callback of --public-url.", valueName: "url"))
    var oidcIssuer: String?

    @Option(help: ArgumentHelp("What that provider knows this server by.", valueName: "id"))
    var oidcClientID: String?

    @Option(help: ArgumentHelp("A file with the secret that it gave for that.", valueName: "file"))
    var oidcClientSecretFile: String?

    @Option(help: ArgumentHelp("The provider's name, as the sign-in page shows it.", valueName: "name"))
    var oidcName = "OpenID Connect"

    func validate() throws {
        let given = [self.oidcIssuer, self.oidcClientID, self.oidcClientSecretFile].compactMap(\.self).count
        guard given == 0 || given == 3 else {
            throw ValidationError(
                "A provider takes all of --oidc-issuer, --oidc-client-id and --oidc-client-secret-file.")
        }
    }

    /// The provider, and what asks it and has to run.
    ///
    /// - Throws: ``ConfigurationFailure`` when the secret cannot be read.
    func provider() throws -> (provider: OpenIDIdentityProvider, fetcher: WebFetcher)? {
        guard let issuer = self.oidcIssuer, let client = self.oidcClientID, let file = self.oidcClientSecretFile else {
            return nil
        }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationFailure(text: "The secret in \(file) cannot be read.")
        }
        let settings = OpenIDProvider.Settings(
            issuer: issuer, clientID: client, clientSecret: text.trimmingCharacters(in: .whitespacesAndNewlines))
        let fetcher = WebFetcher()
        return (
            OpenIDIdentityProvider(name: self.oidcName, provider: OpenIDProvider(settings, fetcher: fetcher)), fetcher
        )
    }
}

/// A provider of OpenID Connect, as the API knows such.
struct OpenIDIdentityProvider: IdentityProvider {
    let name: String
    let provider: OpenIDProvider

    func address(for attempt: IdentityAttempt) async throws -> String {
        try await self.explaining { try await self.provider.address(for: .init(attempt)) }
    }

    func identity(by code: String, of attempt: IdentityAttempt) async throws -> ShownIdentity {
        let shown = try await self.explaining { try await self.provider.identity(by: code, of: .init(attempt)) }
        return ShownIdentity(email: shown.email, isEmailVerified: shown.isEmailVerified, name: shown.name)
    }

    private func explaining<Result>(_ action: () async throws -> Result) async throws -> Result {
        do {
            return try await action()
        } catch let failure as OpenIDFailure {
            throw IdentityFailure(text: failure.text)
        }
    }
}

extension OpenIDProvider.Attempt {
    fileprivate init(_ attempt: IdentityAttempt) {
        self.init(
            state: attempt.state, nonce: attempt.nonce, codeVerifier: attempt.codeVerifier,
            redirectURL: attempt.redirectURL)
    }
}
