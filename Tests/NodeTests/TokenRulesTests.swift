import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import Node

@Suite struct TokenRulesTests {
    @Test("TOKEN-1: a proof of RFC 7636, appendix B, and what is none")
    func codeChallenge() {
        let (verifier, challenge) = (
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        )
        #expect(CodeChallenge.isValid(challenge))
        #expect(CodeChallenge.isMet(challenge, by: verifier))
        for wrong in [
            nil, "", challenge, String(verifier.dropLast()), verifier + "=", String(repeating: "v", count: 129),
        ] {
            #expect(!CodeChallenge.isMet(challenge, by: wrong))
        }
        for wrong in ["", String(challenge.dropLast()), challenge + "=", challenge.replacing("-", with: "+")] {
            #expect(!CodeChallenge.isValid(wrong))
        }
    }

    @Test("TOKEN-2: no token makes one that does more, for any scopes and limits")
    func narrower() throws {
        let projects: [ProjectID] = [Fixture.id(1), Fixture.id(2)]
        let limits = [[], [projects[0]], projects]
        let scopes: [[Scope]] = [[.streamsRead], [.streamsRead, .tokensWrite], [.serverSetup]]
        for (own, ownScopes) in limits.flatMap({ own in scopes.map { (own, $0) } }) {
            for (wish, wishedScopes) in limits.flatMap({ wish in scopes.map { (wish, $0) } }) {
                for kind in [Token.Kind.personal, .app] {
                    let maker = Self.principal(ownScopes, own)
                    let isWithin = own.isEmpty || Set(wish).isSubset(of: own)
                    let isNarrower = Set(wishedScopes).isSubset(of: ownScopes) && isWithin
                    let isAllowed = isNarrower && (kind == .app || !wishedScopes.contains(.tokensWrite))
                    let made = try? TokenRules.requireNarrower(kind, wishedScopes, wish, than: maker)
                    #expect(made == (isAllowed ? (wish.isEmpty ? own : wish) : nil))
                }
            }
        }
    }

    @Test("TOKEN-3: whose tokens one may end, and by which token")
    func revocation() {
        let (first, second) = (Fixture.id(1) as ProjectID, Fixture.id(2) as ProjectID)
        func token(_ owner: Int, _ projects: [ProjectID]) -> Token {
            var token = Fixture.token(9, of: owner)
            token.projects = projects
            return token
        }
        let free = Self.principal([.tokensWrite], [])
        let limited = Self.principal([.tokensWrite], [first])
        #expect(TokenRules.mayRevoke(token(1, []), free))
        #expect(!TokenRules.mayRevoke(token(2, []), free))
        #expect(TokenRules.mayRevoke(token(2, []), Self.principal([.tokensWrite], [], .admin)))
        #expect(TokenRules.mayRevoke(token(1, [first]), limited))
        for projects in [[], [second], [first, second]] { #expect(!TokenRules.mayRevoke(token(1, projects), limited)) }
        #expect(ServerRules.refusal(of: .authorizeApps, for: free) == nil)
        #expect(ServerRules.refusal(of: .authorizeApps, for: limited) == .limitedToken)
        let other = Self.principal(Scope.allCases.filter { $0 != .tokensWrite }, [])
        #expect(ServerRules.refusal(of: .authorizeApps, for: other) == .missingScope(.tokensWrite))
    }

    private static func principal(
        _ scopes: [Scope], _ projects: [ProjectID], _ role: ServerRole = .user
    ) -> Principal {
        var (user, token) = (Fixture.user(1), Fixture.token(1, of: 1))
        (user.role, token.scopes, token.projects) = (role, scopes, projects)
        return Principal(user: user, token: token)
    }
}
